import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { simpleParser } from 'mailparser'
import { vi } from 'vitest'
import { z } from 'zod'
import { keepMailServer } from '../../first-run/kept-mail-server.ts'
import { listenLocally } from '../local-port.ts'

const TOKEN = 'jeton-de-la-passerelle'
const Sms = z.object({ id: z.string(), to: z.string(), text: z.string() })
const WAIT = { timeout: 90_000, interval: 200 }

/** A mail server and a gateway for SMS, and what people read in what arrives there. */
export interface Messages {
  /** What a server is told of both. */
  readonly env: Readonly<Record<string, string>>
  /** Wait for a mail to this address that has this in its text. @returns The part in brackets. */
  readMail(to: string, wanted: RegExp): Promise<string>
  /** The same of a text to this number. */
  readSms(to: string, wanted: RegExp): Promise<string>
  close(): Promise<void>
}

export async function startMessages(): Promise<Messages> {
  const mail = await keepMailServer()
  const texts: z.infer<typeof Sms>[] = []
  const gateway = await listenLocally(
    createServer(async (request, response) => {
      const isKnown = request.headers.authorization === `Bearer ${TOKEN}`
      if (isKnown) texts.push(Sms.parse(await json(request)))
      response.writeHead(isKnown ? 202 : 401).end()
    }),
  )
  const dir = await mkdtemp(join(tmpdir(), 'sceau-story-'))
  const tokenFile = join(dir, 'sms-token')
  await writeFile(tokenFile, `${TOKEN}\n`, { mode: 0o600 })
  return {
    env: {
      SCEAU_SMTP_URL: mail.url,
      SCEAU_MAIL_FROM: 'Sceau <sceau@conseil.example>',
      SCEAU_SMS_URL: gateway.url,
      SCEAU_SMS_TOKEN_FILE: tokenFile,
    },
    readMail: (to, wanted) =>
      vi.waitFor(async () => {
        const own = mail.arrived.filter((one) => one.to.includes(to))
        const read = await Promise.all(own.map(async ({ raw }) => (await simpleParser(raw)).text))
        return newest(read, wanted)
      }, WAIT),
    readSms: (to, wanted) =>
      vi.waitFor(() => {
        const own = texts.filter((one) => one.to === to)
        return newest(
          own.map(({ text }) => text),
          wanted,
        )
      }, WAIT),
    async close() {
      await gateway.close()
      await mail.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function newest(texts: readonly (string | undefined)[], wanted: RegExp): string {
  const found = texts.flatMap((text = '') => wanted.exec(text)?.[1] ?? []).at(-1)
  if (found === undefined) throw new Error(`nothing like ${wanted} has arrived`)
  return found
}
