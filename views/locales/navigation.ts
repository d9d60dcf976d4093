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
    notices: 'Notifications',
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
    notices: 'Notices',
    settings: 'Settings',
    organisations: 'Organisations',
  },
)
