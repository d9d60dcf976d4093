import { z } from 'zod'
import { formatDate } from '../components/date-time.tsx'
import type { Locale } from '../locales/locale.ts'
import { mailTemplate } from './template.ts'

/** `dependants` are seals and delegations, by name, in one line; empty when there are none. */
const ending = z.object({
  certificateId: z.string(),
  holder: z.string(),
  isOwn: z.boolean(),
  endsAt: z.number(),
  days: z.number(),
  dependants: z.string(),
})
const held = ending.omit({ days: true, dependants: true })
const withdrawn = z.object({
  holder: z.string(),
  serial: z.string(),
  isRevoked: z.boolean(),
})

function pathOf({ isOwn, certificateId }: { isOwn: boolean; certificateId: string }): string {
  return isOwn ? '/my-certificate' : `/certificates/${certificateId}`
}

function dayOf(locale: Locale, at: number): string {
  return formatDate(locale, at)
}

/** What people are told of certificates. */
export const certificatesMail = {
  'certificate.ending': mailTemplate(
    ending,
    {},
    {
      fr: (data) => ({
        subject: `Le certificat de ${data.holder} expire ${inDays.fr(data.days)}`,
        paragraphs: [
          data.isOwn
            ? `Votre certificat de signature expire le ${dayOf('fr', data.endsAt)}. Renouvelez-le avant\u00a0: après, il faudra vous enrôler à nouveau.`
            : `Le certificat de ${data.holder} expire le ${dayOf('fr', data.endsAt)}.`,
          ...(data.dependants === '' ? [] : [`Ce qui en dépend\u00a0: ${data.dependants}.`]),
        ],
        button: { label: 'Voir le certificat', path: pathOf(data) },
      }),
      en: (data) => ({
        subject: `The certificate of ${data.holder} ends ${inDays.en(data.days)}`,
        paragraphs: [
          data.isOwn
            ? `Your signing certificate ends on ${dayOf('en', data.endsAt)}. Renew it before: afterwards you will have to enrol anew.`
            : `The certificate of ${data.holder} ends on ${dayOf('en', data.endsAt)}.`,
          ...(data.dependants === '' ? [] : [`What depends on it: ${data.dependants}.`]),
        ],
        button: { label: 'See the certificate', path: pathOf(data) },
      }),
    },
  ),
  'certificate.hold-to-decide': mailTemplate(
    held,
    {},
    {
      fr: (data) => ({
        subject: `Certificat de ${data.holder}\u00a0: la suspension attend une décision`,
        paragraphs: [
          `Le certificat de ${data.holder} est suspendu depuis trente jours. Il reste inutilisable tant que personne ne décide.`,
          'Levez la suspension, ou révoquez-le.',
        ],
        button: { label: 'Décider', path: pathOf(data) },
      }),
      en: (data) => ({
        subject: `Certificate of ${data.holder}: the suspension awaits a decision`,
        paragraphs: [
          `The certificate of ${data.holder} has been suspended for thirty days. It stays unusable until somebody decides.`,
          'Lift the suspension, or revoke it.',
        ],
        button: { label: 'Decide', path: pathOf(data) },
      }),
    },
  ),
  'certificate.withdrawn': mailTemplate(
    withdrawn,
    {},
    {
      fr: ({ holder, serial, isRevoked }) => ({
        subject: isRevoked ? 'Votre certificat est révoqué' : 'Votre certificat est suspendu',
        paragraphs: [
          `Le certificat de ${holder}, numéro de série ${serial}, ${isRevoked ? 'est révoqué' : 'est suspendu'}. Plus aucune signature n’est possible avec lui\u00a0; celles qui ont été faites avant restent ce qu’elles sont.`,
          'Si vous n’y êtes pour rien, adressez-vous à votre administrateur.',
        ],
        button: { label: 'Voir mon certificat', path: '/my-certificate' },
      }),
      en: ({ holder, serial, isRevoked }) => ({
        subject: isRevoked ? 'Your certificate is revoked' : 'Your certificate is suspended',
        paragraphs: [
          `The certificate of ${holder}, serial number ${serial}, ${isRevoked ? 'is revoked' : 'is suspended'}. Nothing can be signed with it any more; signatures made before stay what they are.`,
          'If this was not you, turn to your administrator.',
        ],
        button: { label: 'See my certificate', path: '/my-certificate' },
      }),
    },
  ),
}

const inDays = {
  fr: (days: number) => (days <= 1 ? 'demain' : `dans ${days} jours`),
  en: (days: number) => (days <= 1 ? 'tomorrow' : `in ${days} days`),
}
