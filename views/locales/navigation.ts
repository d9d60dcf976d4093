import { bilingual } from './locale.ts'

export const navigationWords = bilingual(
  {
    home: 'Accueil',
    'my-certificate': 'Mon certificat',
    members: 'Membres',
    enrolments: 'Enrôlements',
    certificates: 'Certificats',
    seals: 'Cachets',
    health: 'HSM et santé',
    notices: 'Messages',
    settings: 'Paramètres',
    organisations: 'Organisations',
  },
  {
    home: 'Home',
    'my-certificate': 'My certificate',
    members: 'Members',
    enrolments: 'Enrolments',
    certificates: 'Certificates',
    seals: 'Seals',
    health: 'HSM and health',
    notices: 'Messages',
    settings: 'Settings',
    organisations: 'Organisations',
  },
)
