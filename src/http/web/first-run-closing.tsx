import { Hono } from 'hono'
import { z } from 'zod'
import { DocumentPage } from '../../../views/first-run/document-page.tsx'
import { MessagesPage } from '../../../views/first-run/messages-page.tsx'
import { firstRunWords } from '../../../views/locales/first-run.ts'
import { AppError } from '../../errors.ts'
import { open } from './access.ts'
import { keepSessionToken } from './cookies.ts'
import { detailOf } from './first-run-details.ts'
import {
  type FirstRunPageDeps,
  forgetHolder,
  inWords,
  originOf,
  stepFrame,
} from './first-run-env.ts'
import { reached } from './first-run-reached.ts'
import { readForm } from './forms.ts'
import type { HolderEnv } from './web-env.ts'

const DocumentForm = z.object({
  name: z.string('sealNameError').min(1, 'sealNameError').max(64, 'sealNameError'),
  id: z.string('sealIdError').regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'sealIdError'),
})

/** Steps 7 and 8, and the end: messages, a sealed page, and the first sign-in. */
export function closingRoutes({ firstRun }: FirstRunPageDeps) {
  return new Hono<HolderEnv>()
    .get('/messages', open(), reached('messages'), (c) => {
      const kept = detailOf(c.var.run, 'messages')
      return c.html(
        <MessagesPage
          frame={stepFrame(c, 'messages')}
          isConfigured={firstRun.config.hasMessages}
          isTested={kept?.tested !== undefined}
          isLater={kept?.later === true}
        />,
      )
    })
    .post('/messages', open(), async (c) => {
      if (c.var.form?.get('do') !== 'try') {
        await firstRun.leaveMessages()
        return c.redirect('/first-run/document', 303)
      }
      const sent = await firstRun.tryMessages()
      if (sent.every(({ ok }) => ok)) return c.redirect('/first-run/messages', 303)
      const frame = stepFrame(c, 'messages')
      return c.html(
        <MessagesPage {...{ frame, sent }} isConfigured isTested={false} isLater={false} />,
        422,
      )
    })
    .get('/document', open(), reached('document'), async (c) => {
      const { run } = c.var
      const kept = detailOf(run, 'document')
      const { personId } = run
      const hasFactor = personId !== null && (await firstRun.accounts.hasFactor(personId))
      return c.html(
        <DocumentPage
          frame={stepFrame(c, 'document')}
          values={{}}
          errors={{}}
          sealed={kept && { ...kept, level: kept.verdict.level }}
          hasFactor={hasFactor}
        />,
      )
    })
    .post('/document', open(), async (c) => {
      const form = readForm(c, DocumentForm)
      if (!form.ok) {
        const { values } = form
        const errors = inWords(c, form.errors)
        return c.html(
          <DocumentPage {...{ frame: stepFrame(c, 'document'), values, errors }} hasFactor />,
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
    .post('/finish', open(), async (c) => {
      const { token } = await firstRun.finish(originOf(c))
      keepSessionToken(c, token)
      forgetHolder(c)
      return c.redirect('/home', 303)
    })
}

function nothingThere(): AppError {
  return new AppError('not-found', 'There is nothing at this address.')
}
