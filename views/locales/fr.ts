export const fr = {
  tagline: 'L’appareil de signature et de scellement de votre organisation.',
  homeTitle: 'Accueil',
  homeSignIn: 'Se connecter',
  homeForPrograms: 'Pour les programmes',
  homeApiDocs: 'Description de l’interface HTTP',
  homeOpenApi: 'Le même contenu pour les machines (OpenAPI 3.1)',
  homeForTrust: 'Pour vérifier nos cachets',
  homeRoot: 'Certificat de l’autorité racine',
  homeIssuing: 'Certificat de l’autorité émettrice',
  homeRootCrl: 'Liste de révocation de l’autorité racine',
  homeIssuingCrl: 'Liste de révocation de l’autorité émettrice',
  homeState: 'État de l’appareil',
  homeReady: 'Prêt à sceller\u202f?',
  apiTitle: 'Interface HTTP',
  apiIntro:
    'Chaque appel porte l’en-tête «\u00a0Authorization: Bearer <clé>\u00a0». Les erreurs sont des documents «\u00a0application/problem+json\u00a0» (RFC 9457) dont le champ «\u00a0type\u00a0» est stable.',
  apiParameters: 'Paramètres',
  apiName: 'Nom',
  apiPlace: 'Place',
  apiMeaning: 'Sens',
  apiRequired: 'obligatoire',
  apiAnswers: 'Réponses',
  apiStatus: 'Code',
  apiBody: 'Corps de la requête\u00a0:',
} as const

/** The words of the interface. French is the model: every language must have the same keys. */
export type Words = { readonly [Key in keyof typeof fr]: string }
