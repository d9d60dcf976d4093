/** Tables of migration 0006. */
export interface NoticesSchema {
  notice: NoticeTable
}

interface NoticeTable {
  id: string
  /** Name of a template (`views/mail/templates.ts`). */
  kind: string
  channel: 'mail' | 'sms'
  locale: 'fr' | 'en'
  /** E-mail address, or telephone number in E.164. */
  recipient: string
  person_id: string | null
  /** Whose administrators may read it; null for what is the person's own affair. */
  organisation_id: string | null
  /** What the template says it with. Its secrets are there only while it waits. */
  data_json: string
  state: 'waiting' | 'sent' | 'given-up' | 'expired'
  attempts: number
  /** A notice taken by a node is not due to others before this. */
  next_at: number
  /** Not sent after that: its code or link means nothing any more. */
  expires_at: number
  created_at: number
  ended_at: number | null
  /** Of the mail server or gateway, why the last attempt failed. */
  last_words: string | null
}
