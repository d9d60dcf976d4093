import { z } from 'zod'
import { mailTemplate, smsTemplate } from './template.ts'

/** What the appliance tells of itself. */
export const applianceMail = {
  'appliance.mail-test': mailTemplate(
    z.object({}),
    {},
    {
      fr: () => ({
        subject: 'Essai d’envoi',
        paragraphs: [
          'Ce message vérifie que votre appareil de signature sait envoyer du courrier.',
          'Vous l’avez reçu\u00a0: il n’y a rien d’autre à faire.',
        ],
      }),
      en: () => ({
        subject: 'Test message',
        paragraphs: [
          'This message checks that your signing appliance can send mail.',
          'You have received it: there is nothing else to do.',
        ],
      }),
    },
  ),
}

export const applianceSms = {
  'appliance.sms-test': smsTemplate(
    z.object({}),
    {},
    {
      fr: () => 'Sceau\u00a0: essai d’envoi. Il n’y a rien à faire.',
      en: () => 'Sceau: test message. There is nothing to do.',
    },
  ),
}
