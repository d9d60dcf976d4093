import type { SecureContext } from 'node:tls'
import { createTransport } from 'nodemailer'
import { renderMail } from '../../views/mail/message.tsx'
import type { Outcome, Send } from './model.ts'
import { sayMail } from './words.ts'

export interface MailSettings {
  /** `smtp(s)://USER:PASSWORD@HOST:PORT`. */
  readonly url: string
  /** `address` or `Name <address>`. */
  readonly from: string
  /** How the world calls the appliance: every link begins with it. */
  readonly publicUrl: string
  /** Whose certificates are believed; asked when the first connection needs it. */
  readonly trust: () => SecureContext
  /** How long one mail may take in all. */
  readonly mailTimeoutMs?: number
}

export interface MailSender {
  readonly send: Send
  /** Connect, secure and sign in, as for a mail; throws what the server or the network says. */
  check(): Promise<void>
  close(): void
}

const CONNECTION_TIMEOUT_MS = 10_000
const SILENCE_TIMEOUT_MS = 20_000
/** A server that trickles is never silent. */
const MAIL_TIMEOUT_MS = 60_000
const CONNECTIONS_MAX = 2
const WORDS_LENGTH_MAX = 500
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * The connection that an address asks for. Nothing is said in the clear but to this very machine,
 * where a certificate would prove nothing either.
 */
export function smtpConnection(address: string) {
  const { protocol, hostname, port, username, password } = new URL(address)
  const isSecure = protocol === 'smtps:'
  const isLocal = LOOPBACK.test(hostname)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 465 : isLocal ? 25 : 587) : Number(port),
    secure: isSecure,
    requireTLS: !isSecure && !isLocal,
    isLocal,
    auth:
      username === ''
        ? undefined
        : { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
  }
}

/** Sends mails over SMTP (RFC 5321), with STARTTLS or TLS (RFC 3207, RFC 8314). */
export function makeMailSender(settings: MailSettings): MailSender {
  const { url, from, publicUrl, trust, mailTimeoutMs = MAIL_TIMEOUT_MS } = settings
  const { isLocal, auth, ...connection } = smtpConnection(url)
  const transport = createTransport({
    pool: true,
    ...connection,
    ...(auth !== undefined && { auth }),
    tls: isLocal ? { rejectUnauthorized: false } : { secureContext: trust() },
    maxConnections: CONNECTIONS_MAX,
    // An attempt is counted by the outbox, which knows what a repetition costs.
    maxRequeues: 0,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    greetingTimeout: CONNECTION_TIMEOUT_MS,
    dnsTimeout: CONNECTION_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  // Heard nowhere, a connection that breaks between two mails would end the process.
  transport.on('error', () => {})
  const { hostname } = new URL(publicUrl)
  return {
    async send(notice, at) {
      const { subject, text, html } = await renderMail(sayMail(notice), {
        locale: notice.locale,
        publicUrl,
      })
      const mail = {
        ...{ from, subject, text, html },
        // An object, not a text: a comma in an address must not make two of it.
        to: { name: '', address: notice.recipient },
        messageId: `<${notice.id}@${hostname}>`,
        date: new Date(at),
        headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': notice.locale },
      }
      return deliver(() =>
        transport.sendMail({ ...mail, signal: AbortSignal.timeout(mailTimeoutMs) }),
      )
    },
    async check() {
      await transport.verify()
    },
    close() {
      transport.close()
    },
  }
}

async function deliver(send: () => Promise<unknown>): Promise<Outcome> {
  try {
    await send()
    return { state: 'accepted' }
  } catch (error) {
    const code = codeOf(error)
    const words = wordsOf(error)
    return { state: isForEver(error) ? 'refused' : 'delayed', code, words }
  }
}

/**
 * Only what the server says of this mail or its recipient is for ever. A refused password or a
 * demand for TLS is about us, and mended in the configuration.
 */
function isForEver(error: unknown): boolean {
  const code = fieldOf(error, 'code')
  const status = Number(fieldOf(error, 'responseCode') ?? 0)
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return false
  if (status === 0) return code === 'EENVELOPE'
  return status >= 500 && status !== 503 && status !== 530
}

/** A status of SMTP or the name of an error; it names nobody. */
function codeOf(error: unknown): string {
  return fieldOf(error, 'responseCode') ?? fieldOf(error, 'code') ?? 'failed'
}

function wordsOf(error: unknown): string {
  const words = fieldOf(error, 'response') ?? (error instanceof Error ? error.message : 'failed')
  return words.slice(0, WORDS_LENGTH_MAX)
}

function fieldOf(error: unknown, name: 'code' | 'response' | 'responseCode'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const found = new Map<string, unknown>(Object.entries(error)).get(name)
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined
}
