import { createHash } from 'node:crypto'

/** The conditions a holder accepts. A text that was accepted is never edited: it gets a new version. */
interface Conditions {
  readonly version: string
  readonly text: Readonly<Record<'fr' | 'en', readonly string[]>>
}

export const CONDITIONS: Conditions = {
  version: '2026-11',
  text: {
    fr: [
      'Ce certificat est nominatif. Il m’identifie, et moi seul peux m’en servir\u00a0; mes moyens d’authentification ne se prêtent pas et ne se confient à personne, pas même à un administrateur.',
      'Ma clé de signature a été créée dans le module de sécurité de l’appareil et n’en sort jamais. Elle ne signe que ce que j’approuve avec mon propre moyen d’authentification.',
      'J’ai vérifié que les données de mon certificat sont exactes. Je signale sans délai tout changement de nom, de fonction ou de coordonnées.',
      'Si je perds un moyen d’authentification, ou si je soupçonne qu’un tiers s’en est servi, je suspends ou révoque mon certificat aussitôt, ou je le demande à mon administrateur.',
      'Mes signatures sont des signatures électroniques avancées. Elles restent valables après la fin ou la révocation du certificat si elles ont été faites avant.',
      'Du contrôle de mon identité, seuls sont conservés la méthode, la personne qui l’a fait, la nature de la pièce, les quatre derniers caractères de son numéro, sa date de fin et l’empreinte de son image. L’image elle-même est détruite.',
    ],
    en: [
      'This certificate is personal. It identifies me, and only I may use it; my means of authentication are not lent or entrusted to anybody, not even to an administrator.',
      'My signing key was made in the security module of the appliance and never leaves it. It signs only what I approve with my own means of authentication.',
      'I have checked that the data of my certificate are right. I report every change of name, function or contact details without delay.',
      'If I lose a means of authentication, or suspect that somebody else has used it, I suspend or revoke my certificate at once, or ask my administrator to.',
      'My signatures are advanced electronic signatures. They remain valid after the end or the revocation of the certificate if they were made before.',
      'Of the check of my identity only these are kept: the method, the person who made it, the kind of document, the last four characters of its number, the date it ends and the digest of its image. The image itself is destroyed.',
    ],
  },
}

/** SHA-256 of what was shown: version, language, paragraphs. */
export function hashConditions(locale: 'fr' | 'en'): string {
  const lines = [CONDITIONS.version, locale, ...CONDITIONS.text[locale]]
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}
