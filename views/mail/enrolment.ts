import { z } from 'zod'
import { mailTemplate, smsTemplate } from './template.ts'

/** `token` is empty once the person signs in to go on. */
const wayIn = z.object({ organisation: z.string(), token: z.string() })
const code = z.object({ code: z.string() })
const SECRET_TOKEN = { secrets: ['token'] } as const
const SECRET_CODE = { secrets: ['code'] } as const

function pathOf(token: string): string {
  return token === '' ? '/enrol' : `/enrol/${token}`
}

const GO_ON = { fr: 'Poursuivre mon enrôlement', en: 'Go on with my enrolment' } as const

/** What an enrolment tells the person who is on its way, and those who verify. */
export const enrolmentMail = {
  'enrolment.invitation': mailTemplate(wayIn, SECRET_TOKEN, {
    fr: ({ organisation, token }) => ({
      subject: `${organisation} vous invite à créer votre certificat de signature`,
      paragraphs: [
        `${organisation} vous invite à créer votre certificat de signature nominatif.`,
        'Préparez une pièce d’identité en cours de validité et votre téléphone mobile. Comptez dix minutes\u00a0; vous pouvez vous arrêter à chaque étape et reprendre par ce même lien.',
        'Ce lien vous est personnel et vaut quatorze jours. Ne le transmettez à personne.',
      ],
      button: { label: 'Commencer', path: pathOf(token) },
    }),
    en: ({ organisation, token }) => ({
      subject: `${organisation} invites you to create your signing certificate`,
      paragraphs: [
        `${organisation} invites you to create your personal signing certificate.`,
        'Have an identity document that is still valid and your mobile phone at hand. It takes ten minutes; you can stop after each step and go on by this same link.',
        'This link is for you alone and is good for fourteen days. Pass it on to nobody.',
      ],
      button: { label: 'Begin', path: pathOf(token) },
    }),
  }),
  'enrolment.code': mailTemplate(code, SECRET_CODE, {
    fr: (data) => ({
      subject: `${data.code} est votre code de vérification`,
      paragraphs: [
        `Votre code\u00a0: ${data.code}`,
        'Il vaut dix minutes et ne sert qu’une fois. Personne ne vous le demandera par téléphone. Si vous n’avez rien demandé, ignorez ce message.',
      ],
    }),
    en: (data) => ({
      subject: `${data.code} is your verification code`,
      paragraphs: [
        `Your code: ${data.code}`,
        'It is good for ten minutes and can be used once. Nobody will ask you for it by phone. If you asked for nothing, ignore this message.',
      ],
    }),
  }),
  'enrolment.to-verify': mailTemplate(
    z.object({ enrolmentId: z.string(), organisation: z.string() }),
    {},
    {
      fr: ({ enrolmentId, organisation }) => ({
        subject: `${organisation}\u00a0: une identité à vérifier`,
        paragraphs: [
          'Une personne invitée a déposé sa pièce d’identité. Elle attend d’être vérifiée.',
        ],
        button: { label: 'Voir l’enrôlement', path: `/enrolments/${enrolmentId}` },
      }),
      en: ({ enrolmentId, organisation }) => ({
        subject: `${organisation}: an identity to verify`,
        paragraphs: [
          'An invited person has handed in an identity document. It waits to be verified.',
        ],
        button: { label: 'See the enrolment', path: `/enrolments/${enrolmentId}` },
      }),
    },
  ),
  'enrolment.identity-verified': mailTemplate(wayIn, SECRET_TOKEN, {
    fr: ({ organisation, token }) => ({
      subject: 'Votre identité est vérifiée',
      paragraphs: [
        `${organisation} a vérifié votre identité, et l’image de votre pièce a été détruite.`,
        'Il vous reste à choisir vos moyens de connexion et à recevoir votre certificat.',
      ],
      button: { label: GO_ON.fr, path: pathOf(token) },
    }),
    en: ({ organisation, token }) => ({
      subject: 'Your identity is verified',
      paragraphs: [
        `${organisation} has verified your identity, and the image of your document has been destroyed.`,
        'What remains is to choose how you sign in, and to receive your certificate.',
      ],
      button: { label: GO_ON.en, path: pathOf(token) },
    }),
  }),
  'enrolment.identity-rejected': mailTemplate(wayIn, SECRET_TOKEN, {
    fr: ({ organisation, token }) => ({
      subject: 'Votre pièce d’identité n’a pas été acceptée',
      paragraphs: [
        `${organisation} n’a pas pu accepter votre pièce d’identité. Son image a été détruite.`,
        'Le motif vous attend sur la page de votre enrôlement, où vous pouvez déposer une autre pièce.',
      ],
      button: { label: 'Voir le motif', path: pathOf(token) },
    }),
    en: ({ organisation, token }) => ({
      subject: 'Your identity document was not accepted',
      paragraphs: [
        `${organisation} could not accept your identity document. Its image has been destroyed.`,
        'The reason is on the page of your enrolment, where you can hand in another document.',
      ],
      button: { label: 'See the reason', path: pathOf(token) },
    }),
  }),
  'enrolment.reminder': mailTemplate(wayIn, SECRET_TOKEN, {
    fr: ({ organisation, token }) => ({
      subject: 'Votre certificat de signature vous attend',
      paragraphs: [
        `L’enrôlement auquel ${organisation} vous a invité n’est pas terminé.`,
        'Sans nouvelle étape pendant trente jours, il sera abandonné et il faudra recommencer.',
      ],
      button: { label: GO_ON.fr, path: pathOf(token) },
    }),
    en: ({ organisation, token }) => ({
      subject: 'Your signing certificate is waiting for you',
      paragraphs: [
        `The enrolment to which ${organisation} invited you is not complete.`,
        'Without a new step for thirty days it is given up, and has to begin anew.',
      ],
      button: { label: GO_ON.en, path: pathOf(token) },
    }),
  }),
  'enrolment.ended': mailTemplate(
    z.object({ organisation: z.string() }),
    {},
    {
      fr: ({ organisation }) => ({
        subject: 'Votre enrôlement est arrêté',
        paragraphs: [
          `L’enrôlement auquel ${organisation} vous a invité est arrêté. Les images déposées ont été détruites.`,
          'Un administrateur de cette organisation peut l’ouvrir de nouveau.',
        ],
      }),
      en: ({ organisation }) => ({
        subject: 'Your enrolment has stopped',
        paragraphs: [
          `The enrolment to which ${organisation} invited you has stopped. Images that were handed in have been destroyed.`,
          'An administrator of that organisation can open it again.',
        ],
      }),
    },
  ),
  'enrolment.active': mailTemplate(
    z.object({ organisation: z.string() }),
    {},
    {
      fr: ({ organisation }) => ({
        subject: 'Votre certificat de signature est actif',
        paragraphs: [
          `Vous avez accepté les conditions\u00a0: votre certificat est actif et vous êtes membre de ${organisation}.`,
          'Si ce n’est pas vous, révoquez-le aussitôt depuis la page de votre certificat ou prévenez votre administrateur.',
        ],
        button: { label: 'Voir mon certificat', path: '/my-certificate' },
      }),
      en: ({ organisation }) => ({
        subject: 'Your signing certificate is active',
        paragraphs: [
          `You have accepted the conditions: your certificate is active and you are a member of ${organisation}.`,
          'If this was not you, revoke it at once on the page of your certificate, or tell your administrator.',
        ],
        button: { label: 'See my certificate', path: '/my-certificate' },
      }),
    },
  ),
}

export const enrolmentSms = {
  'enrolment.code-sms': smsTemplate(code, SECRET_CODE, {
    fr: (data) =>
      `Sceau\u00a0: votre code est ${data.code}. Il vaut dix minutes. Ne le donnez à personne.`,
    en: (data) =>
      `Sceau: your code is ${data.code}. It is good for ten minutes. Give it to nobody.`,
  }),
}
