import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { renderMail } from '../../views/mail/message.tsx'
import { MAIL_TEMPLATES, SMS_TEMPLATES } from '../../views/mail/templates.ts'

const LOCALES = ['fr', 'en'] as const
const SMS_LENGTH_MAX = 160

/** Data that the shape takes: words where it takes words, a number or an entry of a list elsewhere. */
function sampleOf(shape: z.ZodObject): Record<string, unknown> {
  const candidates = ['essai', 7, 1_790_000_000_000, true, ['essai'], null]
  return Object.fromEntries(
    Object.entries(shape.shape).map(([name, field]) => {
      const options = 'options' in field && Array.isArray(field.options) ? field.options : []
      const fitting = [...candidates, ...options].find((value) => takes(field, value))
      return [name, fitting]
    }),
  )
}

function takes(field: unknown, value: unknown): boolean {
  if (typeof field !== 'object' || field === null || !('safeParse' in field)) return false
  if (typeof field.safeParse !== 'function') return false
  return field.safeParse(value).success === true
}

describe.each(Object.entries(MAIL_TEMPLATES))('the mail %s', (_kind, template) => {
  const data = sampleOf(template.shape)

  test.each(LOCALES)('can be said and rendered: %s', async (locale) => {
    const mail = template.say(locale, data)
    const rendered = await renderMail(mail, { locale, publicUrl: 'https://sceau.example' })

    expect(rendered.subject).not.toBe('')
    expect(mail.paragraphs.length).toBeGreaterThan(0)
    expect(rendered.html).toContain(`<html lang="${locale}">`)
    expect(`${rendered.subject}${rendered.text}`).not.toMatch(/undefined|\[object|NaN|\$\{/)
  })

  test('is said in two languages', () => {
    expect(template.say('fr', data).paragraphs).not.toEqual(template.say('en', data).paragraphs)
  })

  test('never breaks a line before a French sign', () => {
    const { subject, paragraphs } = template.say('fr', data)
    expect([subject, ...paragraphs].join('\n')).not.toMatch(/ [:;!?»]|« /)
  })
})

describe.each(Object.entries(SMS_TEMPLATES))('the SMS %s', (_kind, template) => {
  test('is short, and said in two languages', () => {
    const data = sampleOf(template.shape)
    const [fr, en] = LOCALES.map((locale) => template.say(locale, data))

    expect(fr).not.toBe(en)
    for (const text of [fr, en]) expect(text?.length).toBeLessThanOrEqual(SMS_LENGTH_MAX)
  })
})
