import { Hono } from 'hono'
import { z } from 'zod'
import { LanguagePage } from '../../../views/first-run/language-page.tsx'
import { OrganisationPage } from '../../../views/first-run/organisation-page.tsx'
import { isSiren } from '../../authority/model.ts'
import { open } from './access.ts'
import { keepLanguage } from './cookies.ts'
import { detailOf } from './first-run-details.ts'
import { type FirstRunPageDeps, inWords, stepFrame } from './first-run-env.ts'
import { reached } from './first-run-reached.ts'
import { readForm } from './forms.ts'
import type { HolderEnv } from './web-env.ts'

const LanguageForm = z.object({ locale: z.enum(['fr', 'en']) })

const OrganisationForm = z.object({
  name: z
    .string('organisationNameError')
    .min(1, 'organisationNameError')
    .max(200, 'organisationNameError'),
  siren: z
    .string('sirenError')
    .transform((text) => text.replace(/\s/g, ''))
    .refine(isSiren, 'sirenError'),
  kind: z.enum(['council', 'firm', 'agc', 'other'], 'kindError'),
})

/** Steps 1 and 2: who speaks, and whose appliance it is. */
export function founderRoutes({ firstRun }: FirstRunPageDeps) {
  return new Hono<HolderEnv>()
    .get('/language', open(), (c) =>
      c.html(<LanguagePage frame={stepFrame(c, 'language')} chosen={c.var.locale} />),
    )
    .post('/language', open(), async (c) => {
      const form = readForm(c, LanguageForm)
      const locale = form.ok ? form.value.locale : 'fr'
      await firstRun.takeLanguage(locale)
      keepLanguage(c, locale)
      return c.redirect('/first-run/organisation', 303)
    })
    .get('/organisation', open(), reached('organisation'), (c) => {
      const { run } = c.var
      return c.html(
        <OrganisationPage
          frame={stepFrame(c, 'organisation')}
          values={{ ...detailOf(run, 'organisation') }}
          errors={{}}
          isFixed={run.done.has('authority')}
        />,
      )
    })
    .post('/organisation', open(), async (c) => {
      const form = readForm(c, OrganisationForm)
      if (form.ok) {
        await firstRun.takeOrganisation(form.value)
        return c.redirect('/first-run', 303)
      }
      const { values } = form
      const errors = inWords(c, form.errors)
      const frame = stepFrame(c, 'organisation')
      return c.html(<OrganisationPage {...{ frame, values, errors }} isFixed={false} />, 422)
    })
}
