import { z } from 'zod'
import { normaliseMobile } from '../../people/enrolment/contact.ts'
import { IDENTITY_FILE_BYTES_MAX } from '../../people/enrolment/identity.ts'
import { IDENTITY_KINDS } from '../../people/enrolment/model.ts'

const code = z
  .string('code-form')
  .transform((typed) => typed.replace(/\s/g, ''))
  .refine((typed) => /^\d{6}$/.test(typed), 'code-form')

export const MailCodeForm = z.object({ mailCode: code })
export const MobileCodeForm = z.object({ mobileCode: code })

export const MobileForm = z.object({
  mobile: z.string('mobile').transform((typed, context) => {
    const number = normaliseMobile(typed)
    if (number !== undefined) return number
    context.addIssue({ code: 'custom', message: 'mobile' })
    return z.NEVER
  }),
})

export const IdentityForm = z.object({
  kind: z.enum(IDENTITY_KINDS, 'kind'),
  last4: z
    .string('last4')
    .transform((typed) => typed.toUpperCase())
    .refine((typed) => /^[0-9A-Z]{4}$/.test(typed), 'last4'),
  expiresOn: z.iso.date('expiresOn'),
  professionalId: z
    .string('professionalId')
    .regex(/^[\p{L}\d][\p{L}\d ./-]{0,39}$/u, 'professionalId')
    .or(z.literal(''))
    .optional(),
  file: z
    .instanceof(File, { error: 'file' })
    .refine((file) => file.size > 0, 'file')
    .refine((file) => file.size <= IDENTITY_FILE_BYTES_MAX, 'file-large'),
})

const PASSWORD_CHARACTERS_MAX = 1_000

export const PasswordForm = z
  .object({
    password: z
      .string('password')
      .min(1, 'password')
      .max(PASSWORD_CHARACTERS_MAX, 'password-too-long'),
    passwordAgain: z.string('password-differs'),
  })
  .refine(({ password, passwordAgain }) => password === passwordAgain, {
    message: 'password-differs',
    path: ['passwordAgain'],
  })

export const ResumeForm = z.object({
  password: z
    .string('password')
    .min(1, 'password')
    .max(PASSWORD_CHARACTERS_MAX, 'password-too-long'),
})

export const PasskeyForm = z.object({ answer: z.string().max(32_768) })

export const ConditionsForm = z.object({
  accept: z.literal('on', 'accept'),
  version: z.string().max(40),
  locale: z.enum(['fr', 'en']),
})
