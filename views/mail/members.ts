import { z } from 'zod'
import { mailTemplate } from './template.ts'

/** What organisations tell their members. */
export const membersMail = {
  'member.invited': mailTemplate(
    z.object({ organisation: z.string() }),
    {},
    {
      fr: ({ organisation }) => ({
        subject: `${organisation} vous invite`,
        paragraphs: [
          `${organisation} vous invite à agir aussi pour elle sur cet appareil de signature.`,
          'Votre certificat vaut aussi pour elle\u00a0: il n’y a rien à refaire. Connectez-vous, puis acceptez ou refusez l’invitation sur votre page d’accueil.',
        ],
        button: { label: 'Voir l’invitation', path: '/home' },
      }),
      en: ({ organisation }) => ({
        subject: `${organisation} invites you`,
        paragraphs: [
          `${organisation} invites you to act for it as well on this signing appliance.`,
          'Your certificate is good for it too: there is nothing to do again. Sign in, then accept or refuse the invitation on your home page.',
        ],
        button: { label: 'See the invitation', path: '/home' },
      }),
    },
  ),
}
