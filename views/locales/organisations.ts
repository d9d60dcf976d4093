import { bilingual } from './locale.ts'

export const organisationWords = bilingual(
  {
    title: 'Organisations',
    lead: 'Celles pour lesquelles vous pouvez agir. Aucune ne voit les autres.',
    caption: 'Vos organisations',
    none: 'Vous n’appartenez encore à aucune organisation.',
    name: 'Nom',
    kind: 'Nature',
    kinds: { council: 'Conseil', firm: 'Cabinet', agc: 'AGC', other: 'Autre' },
    siren: 'SIREN',
    address: 'Adresse',
    addressHint: 'Telle qu’elle figure sur vos courriers.',
    capacity: 'Vos fonctions',
    noFunction: 'sans fonction en cours',
    present: 'vous agissez pour elle',
    actFor: 'Agir pour elle',
    invitations: 'Invitations',
    invitationFrom: (organisation: string) => `${organisation} vous invite`,
    invitationDetail: 'Acceptez ou refusez\u202f: il n’y a rien à refaire.',
    invitationTitle: 'Une organisation vous invite',
    invitationText: (organisation: string) =>
      `${organisation} vous invite à agir pour elle. Si vous acceptez, elle connaîtra votre nom, vos coordonnées et l’état de votre certificat, mais rien de vos autres organisations.`,
    accept: 'Accepter l’invitation',
    refuse: 'Refuser',
    found: 'Créer une organisation',
    foundTitle: 'Créer une organisation',
    foundLead:
      'Votre cabinet, par exemple. Vous en serez le premier membre et vous l’administrerez. Votre certificat vaut aussi pour elle.',
    foundSubmit: 'Créer l’organisation',
    function: 'Votre fonction',
    functionHint: 'Dans un cabinet, un expert-comptable administre aussi les membres.',
    back: 'Toutes vos organisations',
    errors: {
      name: 'Indiquez un nom de 200 caractères au plus.',
      kind: 'Choisissez la nature de l’organisation.',
      siren: 'Indiquez les neuf chiffres du SIREN.',
      address: 'Indiquez une adresse de 500 caractères au plus.',
      function: 'Choisissez votre fonction.',
      'siren-taken':
        'Une organisation de ce SIREN existe déjà\u202f: son administrateur peut vous inviter.',
      'no-administrator': 'Avec cette fonction vous ne pourriez pas l’administrer.',
    },
  },
  {
    title: 'Organisations',
    lead: 'Those for which you may act. None of them sees the others.',
    caption: 'Your organisations',
    none: 'You do not belong to any organisation yet.',
    name: 'Name',
    kind: 'Kind',
    kinds: { council: 'Council', firm: 'Firm', agc: 'AGC', other: 'Other' },
    siren: 'SIREN',
    address: 'Address',
    addressHint: 'As it stands on your letters.',
    capacity: 'Your functions',
    noFunction: 'no function in force',
    present: 'you act for it',
    actFor: 'Act for it',
    invitations: 'Invitations',
    invitationFrom: (organisation: string) => `${organisation} invites you`,
    invitationDetail: 'Accept or refuse: there is nothing to do again.',
    invitationTitle: 'An organisation invites you',
    invitationText: (organisation: string) =>
      `${organisation} invites you to act for it. If you accept, it will know your name, your contact and the state of your certificate, but nothing of your other organisations.`,
    accept: 'Accept the invitation',
    refuse: 'Refuse',
    found: 'Found an organisation',
    foundTitle: 'Found an organisation',
    foundLead:
      'Your firm, for instance. You will be its first member and administer it. Your certificate is good for it too.',
    foundSubmit: 'Found the organisation',
    function: 'Your function',
    functionHint: 'In a firm, a chartered accountant administers the members as well.',
    back: 'All your organisations',
    errors: {
      name: 'Give a name of at most 200 characters.',
      kind: 'Choose the kind of organisation.',
      siren: 'Give the nine digits of the SIREN.',
      address: 'Give an address of at most 500 characters.',
      function: 'Choose your function.',
      'siren-taken':
        'An organisation of this SIREN is there already: its administrator can invite you.',
      'no-administrator': 'With this function you could not administer it.',
    },
  },
)

type Errors = (typeof organisationWords)['fr']['errors']

/** The words of the errors of a form, by the names of its fields; keys it does not know stay. */
export function organisationErrors(
  locale: 'fr' | 'en',
  errors: Readonly<Record<string, string>>,
): Record<string, string> {
  const words: Errors & Readonly<Record<string, string>> = organisationWords[locale].errors
  return Object.fromEntries(
    Object.entries(errors).map(([field, key]) => [field, words[key] ?? key]),
  )
}
