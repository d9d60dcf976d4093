import { z } from 'zod'
import { mailTemplate } from './template.ts'

const FACTORS = {
  fr: {
    passkey: 'une clé d’accès',
    totp: 'une application de codes',
    'recovery-codes': 'une nouvelle série de codes de secours',
    password: 'un mot de passe',
    oidc: 'un compte de connexion externe',
  },
  en: {
    passkey: 'a passkey',
    totp: 'an application of codes',
    'recovery-codes': 'a new set of recovery codes',
    password: 'a password',
    oidc: 'an external sign-in account',
  },
} as const

const factor = z.object({
  factor: z.enum(['passkey', 'totp', 'recovery-codes', 'password', 'oidc']),
})
const NOT_YOU = {
  fr: 'Si ce n’était pas vous, connectez-vous, fermez les autres sessions depuis votre profil et prévenez votre administrateur.',
  en: 'If it was not you, sign in, end the other sessions from your profile and tell your administrator.',
} as const
const PROFILE = {
  fr: { label: 'Voir mon profil', path: '/profile' },
  en: { label: 'See my profile', path: '/profile' },
} as const

/** What happened to a person's account: whoever did not do it himself must know. */
export const accountsMail = {
  'account.new-sign-in': mailTemplate(
    z.object({ device: z.string(), ip: z.string() }),
    {},
    {
      fr: ({ device, ip }) => ({
        subject: 'Connexion depuis un nouvel appareil',
        paragraphs: [
          `Votre compte vient d’être utilisé depuis un appareil que nous ne connaissions pas\u00a0: ${device || 'inconnu'} (adresse ${ip}).`,
          NOT_YOU.fr,
        ],
        button: PROFILE.fr,
      }),
      en: ({ device, ip }) => ({
        subject: 'Sign-in from a new device',
        paragraphs: [
          `Your account has just been used from a device we did not know: ${device || 'unknown'} (address ${ip}).`,
          NOT_YOU.en,
        ],
        button: PROFILE.en,
      }),
    },
  ),
  'account.factor-added': mailTemplate(
    factor,
    {},
    {
      fr: (data) => ({
        subject: 'Un moyen de connexion a été ajouté',
        paragraphs: [`Votre compte a désormais ${FACTORS.fr[data.factor]}.`, NOT_YOU.fr],
        button: PROFILE.fr,
      }),
      en: (data) => ({
        subject: 'A way to sign in was added',
        paragraphs: [`Your account now has ${FACTORS.en[data.factor]}.`, NOT_YOU.en],
        button: PROFILE.en,
      }),
    },
  ),
  'account.factor-removed': mailTemplate(
    factor,
    {},
    {
      fr: (data) => ({
        subject: 'Un moyen de connexion a été retiré',
        paragraphs: [`Votre compte n’a plus ${FACTORS.fr[data.factor]}.`, NOT_YOU.fr],
        button: PROFILE.fr,
      }),
      en: (data) => ({
        subject: 'A way to sign in was removed',
        paragraphs: [`Your account has lost ${FACTORS.en[data.factor]}.`, NOT_YOU.en],
        button: PROFILE.en,
      }),
    },
  ),
  'account.password-changed': mailTemplate(
    z.object({}),
    {},
    {
      fr: () => ({
        subject: 'Votre mot de passe a été changé',
        paragraphs: ['Vos autres sessions ont été fermées.', NOT_YOU.fr],
        button: PROFILE.fr,
      }),
      en: () => ({
        subject: 'Your password was changed',
        paragraphs: ['Your other sessions were ended.', NOT_YOU.en],
        button: PROFILE.en,
      }),
    },
  ),
  'account.locked': mailTemplate(
    z.object({ minutes: z.number() }),
    {},
    {
      fr: ({ minutes }) => ({
        subject: 'Votre mot de passe est bloqué pour un temps',
        paragraphs: [
          `Trop de mots de passe faux ont été essayés. Le mot de passe est refusé pendant ${minutes} minutes\u00a0; une clé d’accès reste acceptée.`,
          'Si ce n’était pas vous, prévenez votre administrateur.',
        ],
      }),
      en: ({ minutes }) => ({
        subject: 'Your password is locked for a while',
        paragraphs: [
          `Too many wrong passwords were tried. The password is refused for ${minutes} minutes; a passkey is still accepted.`,
          'If it was not you, tell your administrator.',
        ],
      }),
    },
  ),
  'account.recovery-used': mailTemplate(
    z.object({ left: z.number() }),
    {},
    {
      fr: ({ left }) => ({
        subject: 'Un code de secours a été utilisé',
        paragraphs: [`Il vous reste ${left} codes de secours.`, NOT_YOU.fr],
        button: { label: 'Créer de nouveaux codes', path: '/profile/recovery-codes' },
      }),
      en: ({ left }) => ({
        subject: 'A recovery code was used',
        paragraphs: [`You have ${left} recovery codes left.`, NOT_YOU.en],
        button: { label: 'Make new codes', path: '/profile/recovery-codes' },
      }),
    },
  ),
}
