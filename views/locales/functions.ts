import { bilingual } from './locale.ts'

/** What members are, by `MemberFunction`. */
export const functionWords = bilingual(
  {
    president: 'Président',
    'vice-president': 'Vice-président',
    'secretary-general': 'Secrétaire général',
    treasurer: 'Trésorier',
    elected: 'Élu',
    permanent: 'Permanent',
    accountant: 'Expert-comptable',
    staff: 'Collaborateur',
    external: 'Tiers',
    auditor: 'Auditeur',
    'security-officer': 'Responsable de la sécurité',
  },
  {
    president: 'President',
    'vice-president': 'Vice-president',
    'secretary-general': 'Secretary General',
    treasurer: 'Treasurer',
    elected: 'Elected member',
    permanent: 'Permanent staff',
    accountant: 'Chartered accountant',
    staff: 'Staff',
    external: 'Outside party',
    auditor: 'Auditor',
    'security-officer': 'Security officer',
  },
)
