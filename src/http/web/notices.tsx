import type { Context } from 'hono'
import { Hono } from 'hono'
import { z } from 'zod'
import { NoticeListPage } from '../../../views/notices/list-page.tsx'
import { NoticePage } from '../../../views/notices/notice-page.tsx'
import type { Notices, NoticeView } from '../../notices/service.ts'
import type { NoticeFilter } from '../../notices/store.ts'
import { allowed, withStepUp } from './access.ts'
import { frameOf } from './frame.ts'
import type { MemberEnv } from './web-env.ts'

export interface NoticePagesDeps {
  readonly notices: Notices
  readonly now: () => number
}

/** What is no filter is none: an address that was mistyped still shows a list. */
const Query = z.object({
  state: z.enum(['waiting', 'sent', 'given-up', 'expired']).optional().catch(undefined),
  channel: z.enum(['mail', 'sms']).optional().catch(undefined),
  kind: z.string().min(1).max(80).optional().catch(undefined),
  before: z.uuid().optional().catch(undefined),
})

/** `/notices`: what people were told, for the administrators of the organisation. */
export function noticesRoutes({ notices, now }: NoticePagesDeps) {
  return new Hono<MemberEnv>()
    .get('/notices', allowed('notice.list'), async (c) => {
      const filter = Query.parse(c.req.query())
      const found = await notices.list(c.var.actor, filter)
      return c.html(
        <NoticeListPage
          {...frameOf(c)}
          {...{ filter, kinds: notices.kinds, notices: found.notices }}
          next={found.next && addressOf({ ...filter, before: found.next })}
        />,
      )
    })
    .get('/notices/:id', allowed('notice.list'), async (c) => {
      const notice = await notices.get(c.var.actor, c.req.param('id'))
      return render(c, notice, c.req.query('resent') !== undefined)
    })
    .post('/notices/:id/resending', allowed('notice.list'), async (c) => {
      const id = c.req.param('id')
      await notices.resend(c.var.actor, id)
      return c.redirect(`/notices/${encodeURIComponent(id)}?resent=1`, 303)
    })
    .post('/notices/:id/reading', allowed('notice.list'), withStepUp(now), async (c) =>
      render(c, await notices.read(c.var.actor, c.req.param('id')), false),
    )
}

function render(c: Context<MemberEnv>, notice: NoticeView, isResent: boolean) {
  return c.html(
    <NoticePage
      {...frameOf(c)}
      path={`/notices/${notice.id}`}
      notice={notice}
      isResent={isResent}
    />,
  )
}

function addressOf(filter: NoticeFilter): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value)
  return `/notices?${query}`
}
