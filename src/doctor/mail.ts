import { readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { systemTrust } from '../batches/webhooks/system-trust.ts'
import type { Config } from '../config.ts'
import { makeMailSender } from '../notices/mail.ts'
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts'

/** Connect to the mail server, secure the connection and sign in, as for a mail; send nothing. */
export async function examineMail({ mail, publicUrl }: Config): Promise<Finding> {
  const check = 'mail'
  if (mail === undefined) {
    const detail = 'not set up: notices are read in the administration'
    return warn(check, detail, 'Set SCEAU_SMTP_URL and SCEAU_MAIL_FROM.')
  }
  const trust = () => systemTrust(process.env.NODE_EXTRA_CA_CERTS)
  const sender = makeMailSender({ ...mail, publicUrl, trust })
  try {
    await sender.check()
    return ok(check, `${new URL(mail.url).host} takes mail from ${mail.from}`)
  } catch (error) {
    return fail(check, reasonOf(error), mendOf(error))
  } finally {
    sender.close()
  }
}

const ANY_MEND = 'Check SCEAU_SMTP_URL, and that this machine may reach the mail server.'

/** By the names that nodemailer gives to errors. */
const MENDS: Readonly<Record<string, string>> = {
  EAUTH: 'The server refuses user or password: percent-encode both in SCEAU_SMTP_URL.',
  ENOAUTH: 'The server wants a user and a password: put both into SCEAU_SMTP_URL.',
  ETLS: 'The server must offer STARTTLS with a certificate this machine trusts; name an authority of your own in NODE_EXTRA_CA_CERTS, or use smtps://.',
  EDNS: 'The name in SCEAU_SMTP_URL is unknown to this machine: correct it, or the name server.',
  ETIMEDOUT:
    'Nobody answered in time: check host, port and firewall, and smtp:// against smtps://.',
}

function mendOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isCertificate = /certificate|issuer/i.test(reasonOf(error))
  return (isCertificate ? MENDS.ETLS : MENDS[code]) ?? ANY_MEND
}

const REACH_TIMEOUT_MS = 10_000

/** Reach the gateway and read its token; a message would cost money, so none is sent. */
export async function examineSms({ sms }: Config): Promise<Finding> {
  const check = 'SMS'
  if (sms === undefined) {
    const detail = 'not set up: codes for telephones are read in the administration'
    return warn(check, detail, 'Set SCEAU_SMS_URL and SCEAU_SMS_TOKEN_FILE.')
  }
  try {
    if ((await readFile(sms.tokenFile, 'utf8')).trim() === '') throw new Error('the file is empty')
    const { mode } = await stat(sms.tokenFile)
    if ((mode & 0o007) !== 0) {
      const detail = `${sms.tokenFile} is open to every user`
      return warn(check, detail, `chmod o= ${sms.tokenFile}`)
    }
  } catch (error) {
    const mend = 'SCEAU_SMS_TOKEN_FILE must hold the token and be readable by the server.'
    return fail(check, reasonOf(error), mend)
  }
  const { protocol, hostname, port, host } = new URL(sms.url)
  const asked = Number(port) || (protocol === 'https:' ? 443 : 80)
  try {
    await reach(hostname.replace(/^\[|\]$/g, ''), asked)
    return ok(check, `${host} can be reached`)
  } catch (error) {
    const mend = 'Check SCEAU_SMS_URL, and that this machine may reach the gateway.'
    return fail(check, reasonOf(error), mend)
  }
}

function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: REACH_TIMEOUT_MS })
    const settle = (error?: Error) => {
      socket.destroy()
      if (error === undefined) resolve()
      else reject(error)
    }
    socket.once('connect', () => settle())
    socket.once('timeout', () => settle(new Error(`no answer within ${REACH_TIMEOUT_MS} ms`)))
    socket.once('error', settle)
  })
}
