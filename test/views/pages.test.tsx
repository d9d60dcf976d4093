import { describe, expect, test } from 'vitest'
import { ApiPage } from '../../views/api-page.tsx'
import { HomePage } from '../../views/home.tsx'
import type { Locale } from '../../views/locales/locale.ts'
import { ProblemPage } from '../../views/problem.tsx'
import { KitchenSink } from './kitchen-sink.tsx'

const DESCRIPTION = {
  paths: {
    '/seals/{seal}/apply': {
      post: {
        summary: 'Seal one PDF',
        description: 'A <script>alert(1)</script> & more',
        parameters: [
          { name: 'seal', in: 'path', required: true },
          { name: 'level', in: 'query', schema: { enum: ['B-B'], description: 'PAdES level' } },
        ],
        requestBody: { content: { 'application/pdf': {} } },
        responses: { 200: { description: 'The sealed PDF' }, 404: { description: '`not-found`' } },
      },
    },
  },
}

const PAGES: Record<string, (locale: Locale) => string> = {
  home: (locale) => String(<HomePage locale={locale} />),
  api: (locale) => String(<ApiPage locale={locale} description={DESCRIPTION} />),
  'not found': (locale) =>
    String(<ProblemPage locale={locale} problem={{ status: 404, type: '/problems/not-found' }} />),
  failure: (locale) =>
    String(<ProblemPage locale={locale} problem={{ status: 500, type: '/problems/internal' }} />),
  components: (locale) => String(<KitchenSink locale={locale} text="Révoquer" />),
}

const OWN_FILE = /^<(link|script) [^>]*(href|src)="\/static\/[\w.-]+"[^>]*>$/

describe.each(Object.entries(PAGES))('the page %s', (_name, render) => {
  test.each(['fr', 'en'] as const)(
    'runs no script and brings no style of its own (%s)',
    (locale) => {
      const html = render(locale)

      const own = (html.match(/<(link|script)\b[^>]*>/g) ?? []).filter((tag) => !OWN_FILE.test(tag))
      expect(own).toEqual([])
      expect(html).not.toMatch(/<script[^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:/i)
    },
  )

  test.each(['fr', 'en'] as const)('says its language and leads to the other (%s)', (locale) => {
    const html = render(locale)
    const other = locale === 'fr' ? 'en' : 'fr'

    expect(html).toMatch(/^<!doctype html><html lang="/)
    expect(html).toContain(`<html lang="${locale}">`)
    expect(html).toContain(`lang=${other}" hreflang="${other}" lang="${other}"`)
  })

  test('has one heading of the first rank, a main part, and a way to skip to it', () => {
    const html = render('fr')

    expect(html.match(/<h1[ >]/g)).toHaveLength(1)
    expect(html).toContain('<a class="skip" href="#content">')
    expect(html).toContain('<main id="content"')
  })
})

test('the API page shows every parameter and answer, and text as text', () => {
  const html = PAGES.api?.('en') ?? ''

  expect(html).toContain('POST</span> <code>/api/v1/seals/{seal}/apply</code>')
  expect(html).toContain('path, required')
  expect(html).toContain('PAdES level')
  expect(html).toContain('<code>application/pdf</code>')
  expect(html).toContain('<td lang="en">not-found</td>')
  expect(html).toContain('A &lt;script&gt;alert(1)&lt;/script&gt; &amp; more')
})
