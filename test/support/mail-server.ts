import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** A mail as it arrived: the envelope, the bytes, and what a mail program reads. */
export interface ArrivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly isSecure: boolean
  readonly raw: string
  readonly parsed: ParsedMail
}

/** What the server says at the end of the next mail: nothing is yes, `hang-up` closes the line. */
export type MailAnswer = undefined | { readonly status: number; readonly words: string } | 'hang-up'

/** A real SMTP server on this machine, gone when the test is over. */
export async function startMailServer({
  answers = [],
  recipients = {},
  ...options
}: SMTPServerOptions & {
  /** One for each mail that comes; more mails are accepted. */
  readonly answers?: readonly MailAnswer[]
  /** Addresses that are refused at RCPT. */
  readonly recipients?: Readonly<
    Record<string, { readonly status: number; readonly words: string }>
  >
} = {}) {
  const arrived: ArrivedMail[] = []
  let count = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.key === undefined ? ['STARTTLS'] : [],
    onRcptTo({ address }, _session, done) {
      const refusal = recipients[address]
      done(refusal && Object.assign(new Error(refusal.words), { responseCode: refusal.status }))
    },
    async onData(stream, session, done) {
      const raw = await text(stream)
      const answer = answers[count]
      count += 1
      if (answer === 'hang-up') {
        // The mail was taken; the answer never comes.
        await keep(raw, session)
        for (const connection of server.connections) connection.close()
        return
      }
      if (answer !== undefined) {
        done(Object.assign(new Error(answer.words), { responseCode: answer.status }))
        return
      }
      await keep(raw, session)
      done()
    },
    ...options,
  })
  const keep = async (
    raw: string,
    session: Parameters<NonNullable<SMTPServerOptions['onData']>>[1],
  ) => {
    const { mailFrom, rcptTo } = session.envelope
    arrived.push({
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map(({ address }) => address),
      isSecure: session.secure,
      raw,
      parsed: await simpleParser(raw),
    })
  }
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { arrived, port, url: `smtp://127.0.0.1:${port}`, asked: () => count }
}
