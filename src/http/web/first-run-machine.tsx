import { Hono } from 'hono'
import { z } from 'zod'
import { AuthorityPage } from '../../../views/first-run/authority-page.tsx'
import { CeremonyMinutes } from '../../../views/first-run/ceremony-minutes.tsx'
import { HsmPage } from '../../../views/first-run/hsm-page.tsx'
import { TimestampsPage } from '../../../views/first-run/timestamps-page.tsx'
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

/** Steps 4, 5 and 6: what the appliance stands on, each really tried. */
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
}

function nothingThere(): AppError {
  return new AppError('not-found', 'There is nothing at this address.')
}
