import { bilingual } from './locale.ts'

/** The first run: from an empty data folder to the first sign-in. */
export const firstRunWords = bilingual(
  {
    title: 'Première mise en service',
    steps: {
      language: 'Langue',
      organisation: 'Organisation',
      administrator: 'Premier administrateur',
      hsm: 'HSM',
      authority: 'Autorité de certification',
      timestamps: 'Horodatage',
      messages: 'Courriels et SMS',
      document: 'Document d’essai',
    },
    continue: 'Continuer',
    back: 'Étape précédente',
    next: 'Étape suivante',
    done: 'Cette étape est faite.',
    change: 'Corriger',
    again: 'Recommencer cette étape',
    detail: 'Détail technique',

    waitingTitle: 'Cet appareil n’est pas encore en service',
    waitingLead:
      'Personne ne l’a encore mis en service, et rien ne peut y être signé ou scellé d’ici là.',
    waitingHow:
      'Si vous en avez la charge\u00a0: au démarrage, le serveur affiche dans son terminal (ou dans le journal du service) un lien vers la mise en service. Ouvrez-le. Le lien vaut jusqu’au démarrage suivant\u202f; un nouveau démarrage en affiche un nouveau, et la mise en service reprend où elle en était.',
    deadTitle: 'Ce lien ne mène nulle part',
    deadLead:
      'Il a été remplacé par celui d’un démarrage plus récent, ou il est mal recopié. Reprenez le dernier lien affiché par le serveur.',

    languageLead:
      'En huit étapes, l’appareil sera prêt à sceller. Vous pouvez vous arrêter à tout moment\u00a0: avec le même lien, ou celui du démarrage suivant, vous reprendrez à la même étape.',
    languageLegend: 'Langue de l’appareil',
    languageHint: 'Chacun pourra ensuite choisir la sienne.',
    french: 'Français',
    english: 'English',

    organisationLead:
      'À qui appartient cet appareil\u202f? Son nom et son SIREN figureront dans les certificats de l’autorité\u00a0: ils doivent être exactement ceux du répertoire Sirene.',
    organisationName: 'Dénomination officielle',
    organisationNameError: 'Indiquez la dénomination, en 200 caractères au plus.',
    siren: 'SIREN',
    sirenHint: 'Neuf chiffres\u202f; les espaces sont permis.',
    sirenError: 'Ce n’est pas un SIREN\u00a0: vérifiez les neuf chiffres.',
    kind: 'Nature',
    kindError: 'Choisissez une nature.',
    kinds: {
      council: 'Conseil de l’ordre',
      firm: 'Société d’expertise comptable',
      agc: 'Association de gestion et de comptabilité',
      other: 'Autre',
    },
    organisationFixed:
      'L’autorité de certification porte ce nom\u00a0: il ne peut plus être corrigé ici.',

    hsmLead:
      'Le HSM garde les clés. L’essai lit sa bibliothèque, ouvre une session avec le code PIN et fait signer une clé d’essai, dont les signatures sont vérifiées.',
    hsmTry: 'Essayer le HSM',
    hsmNotReady: 'Le HSM n’est pas prêt',
    hsmUnset: (names: string) =>
      `Ces variables d’environnement ne sont pas renseignées\u00a0: ${names}. Renseignez-les, puis redémarrez le serveur\u00a0: il affichera un nouveau lien, et vous reprendrez ici.`,
    hsmReady: 'Le HSM signe',
    hsmLibrary: 'Bibliothèque',
    hsmModule: 'Fichier',
    hsmTokens: 'Jetons présents',
    hsmNoTokens: 'Aucun jeton initialisé n’est présent.',
    hsmToken: 'Jeton',
    hsmSerial: 'Numéro de série',
    hsmSlot: 'Emplacement',
    hsmUse: 'Usage',
    hsmChosen: 'utilisé',
    hsmNotChosen: 'non utilisé',
    hsmLacks: 'Mécanismes absents',
    hsmState: 'Session',
    hsmStates: {
      'not-asked': 'non essayée',
      opening: 'en cours d’ouverture',
      open: 'ouverte',
      down: 'HSM injoignable',
      'pin-refused': 'code PIN refusé',
      unusable: 'HSM inutilisable',
      'set-aside': 'HSM écarté après une signature fausse',
    },
    hsmPinRefused:
      'Le code PIN a été essayé une seule fois. Corrigez le fichier, puis redémarrez\u00a0: le HSM peut se bloquer après plusieurs essais.',
    hsmMeasured: (count: string, ms: string) =>
      `${count} signatures vérifiées, ${ms}\u00a0ms chacune.`,
    hsmExamplesTitle: 'Que renseigner',
    hsmExamplesLead:
      'Le serveur lit ces variables à son démarrage. docs/OPERATIONS.md en dit davantage pour chaque HSM.',
    hsmExampleHsm: 'HSM',
    hsmExamplePinFile: 'Le fichier du code PIN n’est lisible que par l’utilisateur du service.',

    authorityLead:
      'La cérémonie des clés\u00a0: deux paires de clés naissent dans le HSM, celle de l’autorité racine et celle de l’autorité émettrice, sans pouvoir en sortir. Faites-la devant témoins.',
    authorityLater:
      'Des certificats d’une autre autorité, qualifiée par exemple, pourront être importés plus tard pour les cachets\u00a0: l’autorité interne sert aussi à l’appareil lui-même.',
    authorityKey: 'Clés',
    authorityKeyHint: {
      'rsa-4096': 'RSA 4096 bits\u00a0: le choix le plus répandu',
      'p-384': 'ECDSA P-384\u00a0: signatures plus courtes, clés faites plus vite',
      'rsa-3072': 'RSA 3072 bits',
      'p-256': 'ECDSA P-256',
    },
    authorityMake: 'Faire la cérémonie',
    authorityWait: 'La création de clés RSA peut demander une minute.',
    authorityDone:
      'L’autorité est créée. Conservez ces empreintes sur papier, signées des témoins.',
    authorityRoot: 'Autorité racine',
    authorityIssuing: 'Autorité émettrice',
    authorityTls:
      'Le serveur présente désormais un certificat de cette autorité. Pour que votre navigateur le reconnaisse, installez le certificat racine après avoir comparé son empreinte.',
    authorityRootFile: 'Télécharger le certificat racine',
    authorityPrint: 'Procès-verbal à imprimer',
    subject: 'Sujet',
    serial: 'Numéro de série',
    key: 'Clé',
    sha256: 'Empreinte SHA-256',
    until: 'Valable jusqu’au',
    minutesTitle: 'Procès-verbal de la cérémonie des clés',
    minutesText:
      'Les clés ci-dessous ont été créées dans le HSM de l’appareil, en présence des signataires, qui ont comparé les empreintes affichées avec celles de ce document.',
    minutesPlace: 'Fait à',
    minutesDate: 'le',
    minutesName: 'Nom et qualité',
    minutesSignature: 'Signature',

    timestampsLead:
      'Un jeton d’horodatage prouve qu’une signature existait à un instant donné, et qu’elle vaut encore quand le certificat a expiré.',
    timestampsUrls: 'Services configurés (SCEAU_TSA_URLS)',
    timestampsNone:
      'Aucun service n’est configuré. Renseignez SCEAU_TSA_URLS avec l’adresse de votre service d’horodatage (par exemple https://tsa.example/tsr), puis redémarrez le serveur\u202f; ou continuez sans.',
    timestampsTry: 'Demander un jeton à chaque service',
    timestampsService: 'Service',
    timestampsResult: 'Résultat',
    timestampsOk: 'jeton valide',
    timestampsSaid: 'Heure indiquée',
    timestampsBy: 'Signé par',
    timestampsClock: (seconds: string) =>
      `L’heure de ce serveur et celle du service diffèrent de ${seconds}\u00a0s\u00a0: réglez l’horloge (NTP).`,
    timestampsProblems: {
      'no-answer': 'pas de réponse',
      'http-status': 'erreur HTTP',
      'not-a-response': 'réponse illisible',
      refused: 'demande refusée',
      'other-imprint': 'jeton d’un autre document',
      'other-nonce': 'jeton d’une autre demande',
      'bad-signature': 'signature du jeton fausse',
      'wrong-certificate': 'certificat non prévu pour l’horodatage',
    },
    timestampsNoneReady: 'Aucun service d’horodatage n’a donné de jeton valide',
    timestampsWithoutTitle: 'Continuer sans horodatage',
    timestampsWithoutText:
      'Sans horodatage, les signatures ne prouvent que la date que l’appareil déclare, et cessent d’être vérifiables à l’expiration du certificat. Le niveau B-T et au-delà est alors exclu.',
    timestampsUnderstood: 'J’ai compris cette conséquence',
    timestampsUnderstoodError: 'Cochez la case pour continuer sans horodatage.',
    timestampsWithout: 'Continuer sans horodatage',
    timestampsIsWithout: 'Vous avez choisi de continuer sans horodatage.',

    documentLead:
      'Le premier cachet de l’organisation naît maintenant dans le HSM. Il scelle une page d’essai, que le vérificateur de l’appareil examine aussitôt.',
    sealName: 'Nom du cachet dans le certificat',
    sealNameError: 'Indiquez un nom, en 64 caractères au plus.',
    sealDefault: 'Cachet de l’organisation',
    sealId: 'Identifiant dans les adresses',
    sealIdHint: 'Lettres minuscules, chiffres et tirets.',
    sealIdError: 'Lettres minuscules, chiffres et tirets, 64 au plus.',
    documentMake: 'Créer le cachet et sceller la page',
    documentDone: 'La page est scellée et vérifiée',
    documentVerdict: 'Verdict',
    documentPassed: 'signature valide',
    documentLevel: 'Niveau',
    documentDownload: 'Télécharger la page scellée',
    documentLines: {
      title: 'Page d’essai',
      text: 'Cette page a été scellée à la mise en service de l’appareil Sceau.',
      organisation: (name: string) => `Organisation\u00a0: ${name}`,
    },
    finishTitle: 'Terminer',
    finishText:
      'Le lien de mise en service cessera de fonctionner, et vous serez connecté comme premier administrateur.',
    finish: 'Terminer la mise en service',
    unknownError: 'Vérifiez cette valeur.',
  },
  {
    title: 'First run',
    steps: {
      language: 'Language',
      organisation: 'Organisation',
      administrator: 'First administrator',
      hsm: 'HSM',
      authority: 'Certification authority',
      timestamps: 'Timestamps',
      messages: 'E-mail and SMS',
      document: 'Test document',
    },
    continue: 'Continue',
    back: 'Previous step',
    next: 'Next step',
    done: 'This step is done.',
    change: 'Correct',
    again: 'Do this step again',
    detail: 'Technical detail',

    waitingTitle: 'This appliance is not in service yet',
    waitingLead: 'Nobody has set it up, and nothing can be signed or sealed here until then.',
    waitingHow:
      'If you are in charge of it: when the server starts, it prints a link to the first run in its terminal (or in the journal of the service). Open it. The link holds until the next start; a new start prints a new one, and the first run goes on where it was.',
    deadTitle: 'This link leads nowhere',
    deadLead:
      'It was replaced by the link of a later start, or is not copied whole. Take the last link that the server has printed.',

    languageLead:
      'In eight steps the appliance will be ready to seal. You can stop at any time: with the same link, or that of the next start, you go on at the same step.',
    languageLegend: 'Language of the appliance',
    languageHint: 'Everybody can choose their own later.',
    french: 'Français',
    english: 'English',

    organisationLead:
      'Whose appliance is this? Name and SIREN will stand in the certificates of the authority: they must be exactly those of the Sirene register.',
    organisationName: 'Legal name',
    organisationNameError: 'Give the name, in at most 200 characters.',
    siren: 'SIREN',
    sirenHint: 'Nine digits; spaces are allowed.',
    sirenError: 'This is no SIREN: check its nine digits.',
    kind: 'Kind',
    kindError: 'Choose a kind.',
    kinds: {
      council: 'Council of the order',
      firm: 'Chartered accountants’ firm',
      agc: 'Management and accounting association',
      other: 'Other',
    },
    organisationFixed:
      'The certification authority bears this name: it cannot be corrected here any more.',

    hsmLead:
      'The HSM keeps the keys. The test reads its library, logs in with the PIN and has a test key sign; its signatures are verified.',
    hsmTry: 'Test the HSM',
    hsmNotReady: 'The HSM is not ready',
    hsmUnset: (names: string) =>
      `These environment variables are not set: ${names}. Set them, then start the server again: it prints a new link, and you go on here.`,
    hsmReady: 'The HSM signs',
    hsmLibrary: 'Library',
    hsmModule: 'File',
    hsmTokens: 'Tokens present',
    hsmNoTokens: 'No initialised token is present.',
    hsmToken: 'Token',
    hsmSerial: 'Serial number',
    hsmSlot: 'Slot',
    hsmUse: 'Use',
    hsmChosen: 'used',
    hsmNotChosen: 'not used',
    hsmLacks: 'Mechanisms it lacks',
    hsmState: 'Session',
    hsmStates: {
      'not-asked': 'not tried',
      opening: 'being opened',
      open: 'open',
      down: 'HSM out of reach',
      'pin-refused': 'PIN refused',
      unusable: 'HSM unusable',
      'set-aside': 'HSM set aside after a wrong signature',
    },
    hsmPinRefused:
      'The PIN was tried once, not twice. Correct the file, then start again: the HSM may lock itself after several tries.',
    hsmMeasured: (count: string, ms: string) => `${count} signatures verified, ${ms} ms each.`,
    hsmExamplesTitle: 'What to set',
    hsmExamplesLead:
      'The server reads these variables when it starts. docs/OPERATIONS.md says more for each HSM.',
    hsmExampleHsm: 'HSM',
    hsmExamplePinFile: 'The file of the PIN is readable by the user of the service alone.',

    authorityLead:
      'The key ceremony: two key pairs are born in the HSM, of the root authority and of the issuing authority, and can never leave it. Hold it before witnesses.',
    authorityLater:
      'Certificates of another authority, a qualified one for instance, can be imported later for seals: the internal authority also serves the appliance itself.',
    authorityKey: 'Keys',
    authorityKeyHint: {
      'rsa-4096': 'RSA 4096 bits: the most widely known choice',
      'p-384': 'ECDSA P-384: shorter signatures, keys made faster',
      'rsa-3072': 'RSA 3072 bits',
      'p-256': 'ECDSA P-256',
    },
    authorityMake: 'Hold the ceremony',
    authorityWait: 'Making RSA keys can take a minute.',
    authorityDone:
      'The authority is made. Keep these fingerprints on paper, signed by the witnesses.',
    authorityRoot: 'Root authority',
    authorityIssuing: 'Issuing authority',
    authorityTls:
      'The server now shows a certificate of this authority. For your browser to know it, install the root certificate after comparing its fingerprint.',
    authorityRootFile: 'Download the root certificate',
    authorityPrint: 'Minutes to be printed',
    subject: 'Subject',
    serial: 'Serial number',
    key: 'Key',
    sha256: 'SHA-256 fingerprint',
    until: 'Valid until',
    minutesTitle: 'Minutes of the key ceremony',
    minutesText:
      'The keys below were made in the HSM of the appliance before the undersigned, who have compared the fingerprints shown with those of this document.',
    minutesPlace: 'Done at',
    minutesDate: 'on',
    minutesName: 'Name and capacity',
    minutesSignature: 'Signature',

    timestampsLead:
      'A timestamp proves that a signature existed at a given time, and that it still holds when the certificate has expired.',
    timestampsUrls: 'Services configured (SCEAU_TSA_URLS)',
    timestampsNone:
      'No service is configured. Set SCEAU_TSA_URLS to the address of your timestamp service (for instance https://tsa.example/tsr), then start the server again; or go on without.',
    timestampsTry: 'Ask each service for a timestamp',
    timestampsService: 'Service',
    timestampsResult: 'Result',
    timestampsOk: 'valid timestamp',
    timestampsSaid: 'Time it says',
    timestampsBy: 'Signed by',
    timestampsClock: (seconds: string) =>
      `The time of this server and that of the service differ by ${seconds} s: set the clock (NTP).`,
    timestampsProblems: {
      'no-answer': 'no answer',
      'http-status': 'HTTP error',
      'not-a-response': 'answer cannot be read',
      refused: 'request refused',
      'other-imprint': 'timestamp of another document',
      'other-nonce': 'timestamp of another request',
      'bad-signature': 'signature of the timestamp is wrong',
      'wrong-certificate': 'certificate was not issued for timestamps',
    },
    timestampsNoneReady: 'No timestamp service gave a valid timestamp',
    timestampsWithoutTitle: 'Go on without timestamps',
    timestampsWithoutText:
      'Without timestamps signatures prove only the time that the appliance claims, and can no longer be verified once the certificate has expired. Level B-T and above are then out of reach.',
    timestampsUnderstood: 'I have understood this consequence',
    timestampsUnderstoodError: 'Tick the box to go on without timestamps.',
    timestampsWithout: 'Go on without timestamps',
    timestampsIsWithout: 'You have chosen to go on without timestamps.',

    documentLead:
      'The first seal of the organisation is now born in the HSM. It seals a test page, which the verifier of the appliance examines at once.',
    sealName: 'Name of the seal in its certificate',
    sealNameError: 'Give a name, in at most 64 characters.',
    sealDefault: 'Seal of the organisation',
    sealId: 'Identifier in addresses',
    sealIdHint: 'Small letters, digits and hyphens.',
    sealIdError: 'Small letters, digits and hyphens, at most 64.',
    documentMake: 'Make the seal and seal the page',
    documentDone: 'The page is sealed and verified',
    documentVerdict: 'Verdict',
    documentPassed: 'valid signature',
    documentLevel: 'Level',
    documentDownload: 'Download the sealed page',
    documentLines: {
      title: 'Test page',
      text: 'This page was sealed when the Sceau appliance was set up.',
      organisation: (name: string) => `Organisation: ${name}`,
    },
    finishTitle: 'Finish',
    finishText:
      'The link to the first run will lead nowhere any more, and you will be signed in as the first administrator.',
    finish: 'Finish the first run',
    unknownError: 'Check this value.',
  },
)
