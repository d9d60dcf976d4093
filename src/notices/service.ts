import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { PATIENCE_MS } from '../retry-delay.ts'
import type { Channel } from './model.ts'
import {
  findNotice,
  listNotices,
  makeDue,
  type Notice,
  type NoticeFilter,
  type NoticeScope,
} from './store.ts'
import { listKinds, sayMail, saySms, secretsOf, withoutSecrets } from './words.ts'

/** A person of the administration, in his organisation. */
interface NoticeReader {
  readonly id: string
  readonly organisationId: string
}

/** What a notice says, as its recipient reads it. */
interface NoticeText {
  readonly subject: string | undefined
  readonly paragraphs: readonly string[]
  readonly button: { readonly label: string; readonly href: string } | undefined
}

/** A notice in a list: its subject, or its text, with its secrets hidden. */
interface NoticeLine extends Notice {
  readonly title: string
}

export interface NoticeView extends Notice {
  /** Undefined when this version no longer knows its kind. */
  readonly text: NoticeText | undefined
  /** Whether its words hold a code or a link that is not shown. */
  readonly isMasked: boolean
  /** Whether they may be read here: only while nothing can send them. */
  readonly isReadable: boolean
  readonly isResendable: boolean
}

interface NoticePage {
  readonly notices: readonly NoticeLine[]
  /** The `before` of the next page. */
  readonly next: string | undefined
}

/** The outbox for those who may look into it (right `notice.list`, checked by who calls). */
export interface Notices {
  list(reader: NoticeReader, filter: NoticeFilter): Promise<NoticePage>
  /** @throws AppError `not-found`, also for what another organisation was told. */
  get(reader: NoticeReader, id: string): Promise<NoticeView>
  /** As `get`, with its secrets; the journal says who read it. @throws AppError `not-authorised`. */
  read(reader: NoticeReader, id: string): Promise<NoticeView>
  /** @throws AppError `not-found`, `invalid-request` when its code or link is gone. */
  resend(reader: NoticeReader, id: string): Promise<void>
  readonly kinds: readonly string[]
}

interface Deps {
  readonly db: Db
  readonly publicUrl: string
  /** Which channels can send. */
  readonly channels: readonly Channel[]
  /** The organisation whose appliance this is. */
  readonly findOwnerId: () => Promise<string | undefined>
  readonly wake: () => void
  readonly now: () => number
}

const PAGE_SIZE = 50

export function makeNotices(deps: Deps): Notices {
  const { db, channels, wake, now } = deps
  const scopeOf = async ({ organisationId }: NoticeReader): Promise<NoticeScope> => ({
    organisationId,
    isOwner: (await deps.findOwnerId()) === organisationId,
  })
  const getNotice = async (reader: NoticeReader, id: string) => {
    const notice = await findNotice(db, await scopeOf(reader), id)
    if (notice === undefined) throw new AppError('not-found', 'There is no such notice.')
    return notice
  }
  const view = (notice: Notice, isOpen: boolean): NoticeView => {
    const hasSecrets = secretsOf(notice.channel, notice.kind).length > 0
    const isReadable = notice.state === 'waiting' && !channels.includes(notice.channel)
    return {
      ...notice,
      text: textOf(isOpen ? notice : masked(notice), deps.publicUrl),
      isMasked: hasSecrets && !isOpen,
      isReadable,
      isResendable: isResendable(notice, channels),
    }
  }
  return {
    kinds: listKinds(),
    async list(reader, filter) {
      const found = await listNotices(db, await scopeOf(reader), filter, PAGE_SIZE + 1)
      const notices = found.slice(0, PAGE_SIZE).map((one) => ({ ...one, title: titleOf(one) }))
      return { notices, next: found.length > PAGE_SIZE ? notices.at(-1)?.id : undefined }
    },
    async get(reader, id) {
      return view(await getNotice(reader, id), false)
    },
    async read(reader, id) {
      const notice = await getNotice(reader, id)
      const shown = view(notice, true)
      if (!shown.isReadable) throw new AppError('not-authorised', NOT_READABLE)
      await db.transaction().execute((tx) =>
        appendEntries(tx, [
          {
            ...{ at: now(), actor: `person:${reader.id}`, action: 'notice.read', subject: id },
            detail: { organisation: reader.organisationId, kind: notice.kind },
          },
        ]),
      )
      return shown
    },
    async resend(reader, id) {
      const notice = await getNotice(reader, id)
      if (!isResendable(notice, channels)) throw new AppError('invalid-request', NOT_RESENDABLE)
      const at = now()
      const isWaiting = notice.state === 'waiting'
      const expiresAt = isWaiting ? notice.expiresAt : at + PATIENCE_MS
      await db.transaction().execute(async (tx) => {
        if (!(await makeDue(tx, id, { now: at, expiresAt }))) return
        await appendEntries(tx, [
          {
            ...{ at, actor: `person:${reader.id}`, action: 'notice.resent', subject: id },
            detail: { organisation: reader.organisationId, kind: notice.kind },
          },
        ])
      })
      wake()
    },
  }
}

const NOT_READABLE = 'This notice is sent to its recipient, who alone may read it.'
const NOT_RESENDABLE =
  'The code or link of this notice is gone, or nothing can send it: have a new one made.'

/** A notice that has ended with secrets has lost them; without a sender nothing would happen. */
function isResendable({ channel, kind, state }: Notice, channels: readonly Channel[]): boolean {
  if (!channels.includes(channel)) return false
  return state === 'waiting' || secretsOf(channel, kind).length === 0
}

function masked(notice: Notice): Notice {
  const { channel, kind, data } = notice
  return { ...notice, data: withoutSecrets(channel, kind, data) }
}

function titleOf(notice: Notice): string {
  const text = textOf(masked(notice), '')
  return text?.subject ?? text?.paragraphs[0] ?? notice.kind
}

function textOf(notice: Notice, publicUrl: string): NoticeText | undefined {
  try {
    if (notice.channel === 'sms') {
      return { subject: undefined, paragraphs: [saySms(notice)], button: undefined }
    }
    const { subject, paragraphs, button } = sayMail(notice)
    const link = button && { label: button.label, href: `${publicUrl}${button.path}` }
    return { subject, paragraphs, button: link }
  } catch {
    return undefined
  }
}
