import { Hono } from 'hono'
import { z } from 'zod'
import { AuthorityPage } from '../../../views/first-run/authority-page.tsx'
import { CeremonyMinutes } from '../../../views/first-run/ceremony-minutes.tsx'
import { DocumentPage } from '../../../views/first-run/document-page.tsx'
import { HsmPage } from '../../../views/first-run/hsm-page.tsx'
import { TimestampsPage } from '../../../views/first-run/timestamps-page.tsx'
import { firstRunWords } from '../../../views/locales/first-run.ts'
import { AppError } from '../../errors.ts'
import { CEREMONY_KEYS } from '../../first-run/ceremony.ts'
import { isHsmReady } from '../../first-run/hsm-check.ts'
import { open } from './access.ts'
import { detailOf } from './first-run-details.ts'
import { type FirstRunPageDeps, inWords, stepFrame } from './first-run-env.ts'
import { reached } from './first-run-reached.ts'
import { readForm } from './forms.ts'
import type { HolderEnv } from './web-env.ts'

const AuthorityForm = z.object({ key: z.enum(CEREMONY_KEYS) })

const TimestampsForm = z.discriminatedUnion('do', [
  z.object({ do: z.literal('try') }),
  z.object({
    do: z.literal('without'),
    understood: z.literal('on', 'timestampsUnderstoodError'),
  }),
])

const DocumentForm = z.object({
  name: z.string('sealNameError').min(1, 'sealNameError').max(64, 'sealNameError'),
  id: z.string('sealIdError').regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'sealIdError'),
})

/** Steps 4, 5, 6 and 8: what the appliance stands on, each really tried. */
export function machineRoutes({ firstRun }: FirstRunPageDeps) {
  return new Hono<HolderEnv>()
    .get('/hsm', open(), reached('hsm'), (c) =>
      c.html(<HsmPage frame={stepFrame(c, 'hsm')} found={detailOf(c.var.run, 'hsm')} />),
    )
    .post('/hsm', open(), async (c) => {
      const found = await firstRun.tryHsm()
      if (isHsmReady(found)) return c.redirect('/first-run/hsm', 303)
      return c.html(<HsmPage frame={stepFrame(c, 'hsm')} found={found} />, 422)
    })
    .get('/authority', open(), reached('authority'), (c) =>
      c.html(
        <AuthorityPage
          frame={stepFrame(c, 'authority')}
          keys={CEREMONY_KEYS}
          made={detailOf(c.var.run, 'authority')}
        />,
      ),
    )
    .post('/authority', open(), async (c) => {
      const form = readForm(c, AuthorityForm)
      await firstRun.takeCeremony(form.ok ? form.value.key : CEREMONY_KEYS[0])
      return c.redirect('/first-run/authority', 303)
    })
    .get('/authority/minutes', open(), reached('timestamps'), (c) => {
      const made = detailOf(c.var.run, 'authority')
      if (made === undefined) throw nothingThere()
      return c.html(
        <CeremonyMinutes
          locale={c.var.locale}
          path={c.req.path}
          organisation={detailOf(c.var.run, 'organisation')?.name ?? ''}
          made={made}
        />,
      )
    })
    .get('/timestamps', open(), reached('timestamps'), (c) => {
      const kept = detailOf(c.var.run, 'timestamps')
      return c.html(
        <TimestampsPage
          frame={stepFrame(c, 'timestamps')}
          urls={firstRun.config.tsaUrls}
          reports={kept?.reports}
          isWithout={kept?.without === true}
          errors={{}}
        />,
      )
    })
    .post('/timestamps', open(), async (c) => {
      const form = readForm(c, TimestampsForm)
      const isTrying = c.var.form?.get('do') === 'try'
      const reports = isTrying ? await firstRun.tryTimestamps() : undefined
      if (form.ok && form.value.do === 'without') await firstRun.goWithoutTimestamps(true)
      const isDone = isTrying ? reports?.some(({ ok }) => ok) === true : form.ok
      if (isDone) return c.redirect('/first-run/timestamps', 303)
      return c.html(
        <TimestampsPage
          frame={stepFrame(c, 'timestamps')}
          urls={firstRun.config.tsaUrls}
          reports={reports}
          isWithout={false}
          errors={form.ok ? {} : inWords(c, form.errors)}
        />,
        422,
      )
    })
    .get('/document', open(), reached('document'), (c) => {
      const kept = detailOf(c.var.run, 'document')
      return c.html(
        <DocumentPage
          frame={stepFrame(c, 'document')}
          values={{}}
          errors={{}}
          sealed={kept && { ...kept, level: kept.verdict.level }}
        />,
      )
    })
    .post('/document', open(), async (c) => {
      const form = readForm(c, DocumentForm)
      if (!form.ok) {
        const { values } = form
        const errors = inWords(c, form.errors)
        return c.html(
          <DocumentPage {...{ frame: stepFrame(c, 'document'), values, errors }} />,
          422,
        )
      }
      const { title, text, organisation } = firstRunWords[c.var.locale].documentLines
      const owner = detailOf(c.var.run, 'organisation')?.name ?? ''
      await firstRun.takeTestDocument({
        sealId: form.value.id,
        sealName: form.value.name,
        lines: [title, text, organisation(owner)],
      })
      return c.redirect('/first-run/document', 303)
    })
    .get('/document/page.pdf', open(), async (c) => {
      const sealed = await firstRun.findDocument()
      if (sealed === undefined) throw nothingThere()
      return c.body(Uint8Array.from(sealed), 200, {
        'content-type': 'application/pdf',
        'content-disposition': 'attachment; filename="sceau.pdf"',
      })
    })
}

function nothingThere(): AppError {
  return new AppError('not-found', 'There is nothing at this address.')
}
