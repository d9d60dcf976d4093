import { bilingual } from './locale.ts'

/** Sign-in, its second factor and the step-up. */
export const signInWords = bilingual(
  {
    title: 'Connexion',
    lead: 'Accédez à votre espace de signature.',
    passkeyTitle: 'Avec une clé d’accès',
    passkeyText:
      'Empreinte, visage ou code de votre appareil, ou une clé de sécurité\u00a0: aucun mot de passe à retenir.',
    passkeyButton: 'Utiliser une clé d’accès',
    passkeyFailed:
      'La clé d’accès n’a pas pu être utilisée. Réessayez, ou connectez-vous autrement.',
    passkeyNeedsScript: 'Les clés d’accès demandent JavaScript dans votre navigateur.',
    passwordTitle: 'Avec un mot de passe',
    email: 'Adresse de courriel',
    password: 'Mot de passe',
    passwordButton: 'Continuer',
    oidcTitle: 'Avec un compte externe',
    oidcText: 'Si votre compte de connexion externe est déjà rattaché à votre profil.',
    oidcButton: 'Se connecter avec le compte externe',
    refused: 'Adresse ou mot de passe incorrect.',
    blocked: (minutes: string) =>
      `Trop d’essais. Réessayez dans ${minutes}\u00a0min, ou utilisez une clé d’accès.`,
    expired: 'La connexion a pris trop de temps. Recommencez.',
    missing: 'Indiquez votre adresse et votre mot de passe.',
    oidcUnknown:
      'Ce compte externe n’est rattaché à personne ici. Connectez-vous d’abord avec une clé d’accès ou un mot de passe, puis rattachez-le depuis votre profil\u00a0; si vous n’avez pas encore de compte, suivez le lien de votre invitation.',
    oidcTaken: 'Ce compte externe est déjà rattaché à une autre personne.',
    oidcFailed: 'La connexion avec le compte externe n’a pas abouti. Recommencez.',
    ended: 'Vous êtes déconnecté.',
    help: 'Vous n’arrivez plus à vous connecter\u00a0? Votre administrateur peut vous renvoyer une invitation.',
    factorTitle: 'Deuxième vérification',
    factorLead: 'Votre mot de passe est vérifié. Montrez maintenant un second moyen de connexion.',
    totpTitle: 'Application de codes',
    totpLabel: 'Code à six chiffres',
    totpHint: 'Celui que votre application affiche en ce moment.',
    recoveryTitle: 'Code de secours',
    recoveryLabel: 'Code de secours',
    recoveryHint: 'L’un des dix codes que vous avez gardés. Chacun ne sert qu’une fois.',
    confirmButton: 'Vérifier',
    codeRefused: 'Ce code n’est pas valable, ou a déjà servi.',
    noFactorTitle: 'Aucun second moyen de connexion',
    noFactorText:
      'Votre compte n’a ni clé d’accès, ni application de codes. Demandez à votre administrateur une nouvelle invitation pour en enregistrer une.',
    startOver: 'Recommencer la connexion',
    stepUpTitle: 'Confirmez que c’est bien vous',
    stepUpLead:
      'Ce que vous allez faire est sensible. Montrez de nouveau un moyen de connexion\u00a0; cela vaut dix minutes.',
    passwordLabel: 'Mot de passe',
    passwordRefused: 'Ce mot de passe n’est pas le bon.',
    stepUpOidcButton: 'Confirmer avec le compte externe',
    back: 'Revenir',
  },
  {
    title: 'Sign in',
    lead: 'Enter your signing space.',
    passkeyTitle: 'With a passkey',
    passkeyText:
      'Fingerprint, face or code of your device, or a security key: no password to remember.',
    passkeyButton: 'Use a passkey',
    passkeyFailed: 'The passkey could not be used. Try again, or sign in another way.',
    passkeyNeedsScript: 'Passkeys need JavaScript in your browser.',
    passwordTitle: 'With a password',
    email: 'E-mail address',
    password: 'Password',
    passwordButton: 'Continue',
    oidcTitle: 'With an external account',
    oidcText: 'If your external sign-in account is bound to your profile already.',
    oidcButton: 'Sign in with the external account',
    refused: 'Wrong address or password.',
    blocked: (minutes: string) =>
      `Too many attempts. Try again in ${minutes} min, or use a passkey.`,
    expired: 'Signing in took too long. Begin again.',
    missing: 'Give your address and your password.',
    oidcUnknown:
      'This external account is bound to nobody here. Sign in with a passkey or a password first, and bind it from your profile; if you have no account yet, follow the link of your invitation.',
    oidcTaken: 'This external account belongs to another person here.',
    oidcFailed: 'Signing in with the external account did not come to an end. Begin again.',
    ended: 'You are signed out.',
    help: 'You cannot sign in any more? Your administrator can invite you again.',
    factorTitle: 'Second check',
    factorLead: 'Your password is right. Now show a second way to sign in.',
    totpTitle: 'Application of codes',
    totpLabel: 'Six-digit code',
    totpHint: 'The one that your application shows just now.',
    recoveryTitle: 'Recovery code',
    recoveryLabel: 'Recovery code',
    recoveryHint: 'One of the ten codes that you have kept. Each serves once.',
    confirmButton: 'Check',
    codeRefused: 'This code is not valid, or was used already.',
    noFactorTitle: 'No second way to sign in',
    noFactorText:
      'Your account has neither a passkey nor an application of codes. Ask your administrator for a new invitation to register one.',
    startOver: 'Begin the sign-in again',
    stepUpTitle: 'Confirm that it is you',
    stepUpLead:
      'What you are about to do is sensitive. Show a way to sign in again; it counts for ten minutes.',
    passwordLabel: 'Password',
    passwordRefused: 'This password is wrong.',
    stepUpOidcButton: 'Confirm with the external account',
    back: 'Go back',
  },
)

/** By the names that routes give them. */
export type SignInMessage =
  | 'refused'
  | 'expired'
  | 'missing'
  | 'oidcUnknown'
  | 'oidcFailed'
  | 'oidcTaken'
  | 'ended'
  | 'codeRefused'
  | 'passwordRefused'
  | 'passkeyFailed'
