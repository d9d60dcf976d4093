import { bilingual } from './locale.ts'

/** The way to a certificate, for the person who is on it. */
export const enrolWords = bilingual(
  {
    title: 'Votre certificat de signature',
    invitedBy: (organisation: string) => `À l’invitation de ${organisation}`,
    steps: {
      contact: 'Coordonnées',
      identity: 'Identité',
      verification: 'Vérification',
      access: 'Connexion',
      certificate: 'Certificat',
      conditions: 'Conditions',
    },
    resume: 'Vous pouvez fermer cette page\u202f: vous reprendrez ici.',

    landingLead: (name: string) =>
      `Bonjour ${name}. En quelques étapes, vous créez un certificat nominatif valable trois ans.`,
    needTitle: 'Préparez',
    needMobile: 'votre téléphone mobile, pour y recevoir un code',
    needDocument:
      'une photographie ou un scan de votre pièce d’identité en cours de validité (JPEG, PNG ou PDF, 10\u00a0Mo au plus)',
    needRegister: 'votre identifiant professionnel, si vous en avez un',
    needFactor: 'un moyen de connexion\u202f: clé d’accès de cet appareil, ou application de codes',
    dataTitle: 'Ce que nous en faisons',
    dataText:
      'L’image de votre pièce est chiffrée, vue par le seul vérificateur, et détruite après sa décision. Votre clé de signature naît dans le module de sécurité et n’en sort pas.',
    begin: 'Commencer',

    mailTitle: 'Votre adresse électronique',
    mailText: (address: string) => `Nous envoyons un code à ${address}.`,
    mobileTitle: 'Votre téléphone mobile',
    mobile: 'Numéro de mobile',
    mobileHint: 'Par exemple 06 12 34 56 78, ou +32… pour un autre pays.',
    sendCode: 'Envoyer le code',
    resend: 'Envoyer un autre code',
    code: 'Code à six chiffres',
    codeSent: (address: string) => `Un code est parti vers ${address}. Il vaut dix minutes.`,
    check: 'Vérifier',
    verified: 'Vérifié',

    identityLead: 'La pièce doit être entière, lisible et en cours de validité.',
    rejectedTitle: 'Votre pièce n’a pas été acceptée',
    rejectedLeft: (left: number) =>
      left === 1 ? 'Il vous reste un essai.' : `Il vous reste ${left} essais.`,
    kind: 'Nature de la pièce',
    kinds: {
      'identity-card': 'Carte nationale d’identité',
      passport: 'Passeport',
      'residence-permit': 'Titre de séjour',
      'driving-licence': 'Permis de conduire',
    },
    last4: 'Quatre derniers caractères de son numéro',
    expiresOn: 'Date de fin de validité',
    professionalId: 'Identifiant professionnel',
    professionalIdHint: 'Numéro d’inscription au tableau. Laissez vide si vous n’en avez pas.',
    professionalIdBound: 'Transmis par votre fournisseur d’identité.',
    file: 'Image de la pièce',
    fileHint: 'JPEG, PNG ou PDF, 10\u00a0Mo au plus. Recto et verso dans un même PDF si besoin.',
    submitIdentity: 'Déposer ma pièce',

    waitingTitle: 'Votre pièce est déposée',
    waitingText: (organisation: string) =>
      `Une personne de ${organisation} va la vérifier. Vous recevrez un message\u202f; il n’y a rien à faire d’ici là.`,
    submittedOn: 'Déposée le',

    accessLead: 'Votre identité est vérifiée. Choisissez maintenant comment vous vous connecterez.',
    password: 'Mot de passe',
    passwordHint: 'Douze caractères au moins\u202f: plusieurs mots de votre choix.',
    passwordAgain: 'Mot de passe, encore une fois',
    setPassword: 'Enregistrer le mot de passe',
    signInAddress: 'Adresse de connexion',
    resumeLead:
      'Tapez le mot de passe que vous avez choisi\u202f: il vous reste à ajouter un second moyen.',
    resumeSubmit: 'Continuer',
    factorTitle: 'Un second moyen',
    factorText:
      'Enregistrez une clé d’accès, protégée par empreinte, visage ou code, ou à défaut une application de codes. Puis revenez ici.',
    factorNeedsScript:
      'Une clé d’accès demande JavaScript\u202f: prenez sinon l’application de codes.',
    factorNow: 'Créer une clé d’accès sur cet appareil',
    factorOther: 'Utiliser plutôt une application de codes',
    factorFailed:
      'La clé d’accès n’a pas été créée. Essayez de nouveau, ou choisissez l’application.',
    factorMissing: 'Aucun second moyen n’est encore enregistré.',
    factorContinue: 'C’est fait, continuer',

    certificateLead: 'Tout est prêt pour créer votre clé et votre certificat.',
    certificateText:
      'La clé naît dans le module de sécurité de l’appareil. Cela prend quelques secondes.',
    certificateNames:
      'Le certificat portera ces nom et prénom. S’ils sont inexacts, arrêtez ici et prévenez l’organisation.',
    givenName: 'Prénom',
    familyName: 'Nom',
    makeCertificate: 'Créer ma clé et mon certificat',

    conditionsLead: 'Relisez vos données, puis acceptez les conditions. C’est votre premier acte.',
    yourData: 'Votre certificat',
    subject: 'Titulaire',
    serial: 'Numéro de série',
    validFrom: 'Valable du',
    validTo: 'Jusqu’au',
    conditions: 'Conditions d’utilisation',
    conditionsVersion: (version: string) => `Version ${version}`,
    accept: 'Mes données sont exactes et j’accepte les conditions',
    acceptSubmit: 'Accepter et activer mon certificat',

    doneTitle: 'Votre certificat est actif',
    doneText: (organisation: string) =>
      `Vous êtes membre de ${organisation}. Il ne reste rien à faire.`,
    toCertificate: 'Voir mon certificat',
    toHome: 'Aller à l’accueil',

    abandonedTitle: 'Cet enrôlement a été abandonné',
    blockedTitle: 'Cet enrôlement est arrêté',
    stoppedText: (organisation: string) =>
      `Un administrateur de ${organisation} peut l’ouvrir de nouveau\u202f: adressez-vous à lui.`,

    badLinkTitle: 'Ce lien n’est plus valable',
    badLinkText:
      'Il a expiré, il a été remplacé ou il a servi jusqu’au bout. Prenez le lien du message le plus récent, ou demandez-en un autre à l’organisation qui vous a invité.',
    signInTitle: 'Connectez-vous pour continuer',
    signInText: 'Vous avez déjà un mot de passe\u202f: votre enrôlement reprend après connexion.',
    signIn: 'Se connecter',
    otherPersonTitle: 'Vous êtes connecté sous un autre nom',
    otherPersonText: 'Ce lien est celui d’une autre personne. Déconnectez-vous avant de l’ouvrir.',
    nothingTitle: 'Aucun enrôlement en cours',
    nothingText: 'Ouvrez le lien de votre message d’invitation, ou connectez-vous.',

    errors: {
      mobile: 'Ce n’est pas un numéro de mobile.',
      'code-form': 'Le code a six chiffres.',
      'code-wrong': 'Ce n’est pas le bon code.',
      'code-expired': 'Ce code a plus de dix minutes\u202f: demandez-en un autre.',
      'code-used-up': 'Trop d’essais\u202f: demandez un autre code.',
      'code-none': 'Ce code a déjà servi, ou aucun n’a été envoyé.',
      'too-soon': 'Un code vient de partir. Attendez un peu avant d’en demander un autre.',
      kind: 'Choisissez la nature de la pièce.',
      last4: 'Quatre lettres ou chiffres.',
      expiresOn: 'Donnez une date comme sur la pièce.',
      ended: 'Cette pièce n’est plus valable.',
      professionalId: 'Lettres, chiffres, points et tirets seulement, 40 au plus.',
      file: 'Choisissez un fichier.',
      'file-large': 'Ce fichier dépasse 10\u00a0Mo.',
      'file-heic':
        'Cette photographie est au format HEIC. Enregistrez-la en JPEG, ou scannez la pièce.',
      'file-damaged': 'Ce fichier est abîmé. Refaites la photographie ou le scan.',
      'file-encrypted': 'Ce PDF est protégé par un mot de passe. Enregistrez-le sans protection.',
      'file-active':
        'Ce PDF contient un programme ou une pièce jointe. Scannez la pièce à nouveau.',
      'file-refused':
        'Ce fichier n’est pas une image JPEG ou PNG ni un PDF, ou il contient autre chose. Refaites la photographie ou le scan.',
      password: 'Donnez un mot de passe.',
      'password-too-short': 'Douze caractères au moins\u202f: prenez plusieurs mots.',
      'password-too-long': 'Ce mot de passe est trop long.',
      'password-common':
        'Ce mot de passe est parmi les premiers essayés. Prenez plusieurs mots à vous.',
      'password-about-you': 'Un mot de passe ne contient ni votre nom ni votre adresse.',
      'password-wrong': 'Ce n’est pas le mot de passe.',
      'password-blocked': 'Trop d’essais\u202f: attendez quelques minutes.',
      'password-differs': 'Les deux ne sont pas les mêmes.',
      accept: 'Cochez la case pour accepter.',
      version: 'Le texte a changé depuis\u202f: relisez-le.',
    },
  },
  {
    title: 'Your signing certificate',
    invitedBy: (organisation: string) => `Invited by ${organisation}`,
    steps: {
      contact: 'Contact details',
      identity: 'Identity',
      verification: 'Verification',
      access: 'Signing in',
      certificate: 'Certificate',
      conditions: 'Conditions',
    },
    resume: 'You can close this page: you will go on from here.',

    landingLead: (name: string) =>
      `Hello ${name}. In a few steps you create a personal certificate that is valid for three years.`,
    needTitle: 'Have at hand',
    needMobile: 'your mobile phone, to receive a code',
    needDocument:
      'a photograph or scan of your identity document that is still valid (JPEG, PNG or PDF, at most 10 MB)',
    needRegister: 'your professional identifier, if you have one',
    needFactor: 'a way to sign in: a passkey of this device, or an authenticator app',
    dataTitle: 'What becomes of it',
    dataText:
      'The image of your document is encrypted, seen by the verifier alone, and destroyed after the decision. Your signing key is born in the security module and never leaves it.',
    begin: 'Begin',

    mailTitle: 'Your e-mail address',
    mailText: (address: string) => `We send a code to ${address}.`,
    mobileTitle: 'Your mobile phone',
    mobile: 'Mobile number',
    mobileHint: 'For example 06 12 34 56 78, or +32… for another country.',
    sendCode: 'Send the code',
    resend: 'Send another code',
    code: 'Six-digit code',
    codeSent: (address: string) =>
      `A code is on its way to ${address}. It is good for ten minutes.`,
    check: 'Verify',
    verified: 'Verified',

    identityLead: 'The document must be complete, readable and still valid.',
    rejectedTitle: 'Your document was not accepted',
    rejectedLeft: (left: number) =>
      left === 1 ? 'You have one more attempt.' : `You have ${left} more attempts.`,
    kind: 'Kind of document',
    kinds: {
      'identity-card': 'National identity card',
      passport: 'Passport',
      'residence-permit': 'Residence permit',
      'driving-licence': 'Driving licence',
    },
    last4: 'Last four characters of its number',
    expiresOn: 'Date it expires',
    professionalId: 'Professional identifier',
    professionalIdHint: 'Number in the professional register. Leave empty if you have none.',
    professionalIdBound: 'Given by your identity provider.',
    file: 'Image of the document',
    fileHint: 'JPEG, PNG or PDF, at most 10 MB. Both sides in one PDF if need be.',
    submitIdentity: 'Hand in my document',

    waitingTitle: 'Your document is handed in',
    waitingText: (organisation: string) =>
      `Somebody of ${organisation} will verify it. You will get a message; there is nothing to do until then.`,
    submittedOn: 'Handed in on',

    accessLead: 'Your identity is verified. Now choose how you will sign in.',
    password: 'Password',
    passwordHint: 'Twelve characters or more: several words of your choice.',
    passwordAgain: 'Password, once more',
    setPassword: 'Save the password',
    signInAddress: 'Address to sign in with',
    resumeLead: 'Type the password you chose: what remains is to add a second way.',
    resumeSubmit: 'Go on',
    factorTitle: 'A second way',
    factorText:
      'Register a passkey, protected by fingerprint, face or code, or failing that an authenticator app. Then come back here.',
    factorNeedsScript: 'A passkey needs JavaScript: else take the authenticator app.',
    factorNow: 'Create a passkey on this device',
    factorOther: 'Use an authenticator app instead',
    factorFailed: 'The passkey was not created. Try again, or choose the app.',
    factorMissing: 'No second way is registered yet.',
    factorContinue: 'Done, go on',

    certificateLead: 'Everything is ready to create your key and your certificate.',
    certificateText:
      'The key is born in the security module of the appliance. It takes a few seconds.',
    certificateNames:
      'The certificate will bear these names. If they are wrong, stop here and tell the organisation.',
    givenName: 'Given name',
    familyName: 'Family name',
    makeCertificate: 'Create my key and my certificate',

    conditionsLead: 'Read your data, then accept the conditions. This is your first act.',
    yourData: 'Your certificate',
    subject: 'Holder',
    serial: 'Serial number',
    validFrom: 'Valid from',
    validTo: 'Until',
    conditions: 'Conditions of use',
    conditionsVersion: (version: string) => `Version ${version}`,
    accept: 'My data are right and I accept the conditions',
    acceptSubmit: 'Accept and activate my certificate',

    doneTitle: 'Your certificate is active',
    doneText: (organisation: string) =>
      `You are a member of ${organisation}. There is nothing left to do.`,
    toCertificate: 'See my certificate',
    toHome: 'Go to the home page',

    abandonedTitle: 'This enrolment was given up',
    blockedTitle: 'This enrolment has stopped',
    stoppedText: (organisation: string) =>
      `An administrator of ${organisation} can open it again: ask there.`,

    badLinkTitle: 'This link is no longer good',
    badLinkText:
      'It has expired, was replaced, or has done its work. Take the link of the newest message, or ask the organisation that invited you for another.',
    signInTitle: 'Sign in to go on',
    signInText: 'You have a password already: your enrolment goes on after you sign in.',
    signIn: 'Sign in',
    otherPersonTitle: 'You are signed in as somebody else',
    otherPersonText: 'This link is another person’s. Sign out before you open it.',
    nothingTitle: 'No enrolment under way',
    nothingText: 'Open the link of your invitation, or sign in.',

    errors: {
      mobile: 'This is not a mobile number.',
      'code-form': 'The code has six digits.',
      'code-wrong': 'This is not the right code.',
      'code-expired': 'This code is older than ten minutes: ask for another.',
      'code-used-up': 'Too many attempts: ask for another code.',
      'code-none': 'This code has been used, or none was sent.',
      'too-soon': 'A code was sent a moment ago. Wait a little before you ask for another.',
      kind: 'Choose the kind of document.',
      last4: 'Four letters or digits.',
      expiresOn: 'Give a date as on the document.',
      ended: 'This document is no longer valid.',
      professionalId: 'Only letters, digits, dots and dashes, at most 40.',
      file: 'Choose a file.',
      'file-large': 'This file is larger than 10 MB.',
      'file-heic': 'This photograph is HEIC. Save it as JPEG, or scan the document.',
      'file-damaged': 'This file is damaged. Take the photograph or scan again.',
      'file-encrypted': 'This PDF is protected by a password. Save it without protection.',
      'file-active': 'This PDF holds a program or an attachment. Scan the document again.',
      'file-refused':
        'This file is no JPEG or PNG image and no PDF, or it holds something else. Take the photograph or scan again.',
      password: 'Give a password.',
      'password-too-short': 'Twelve characters or more: take several words.',
      'password-too-long': 'This password is too long.',
      'password-common':
        'This password is among those tried first. Take several words of your own.',
      'password-about-you': 'A password must not hold your name or address.',
      'password-wrong': 'This is not the password.',
      'password-blocked': 'Too many attempts: wait some minutes.',
      'password-differs': 'The two are not the same.',
      accept: 'Tick the box to accept.',
      version: 'The text has changed since: read it again.',
    },
  },
)
