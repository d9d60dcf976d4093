import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Appliance } from './appliance.ts'
import { makeSendMessage } from './batches/webhooks/send-message.ts'
import { systemTrust } from './batches/webhooks/system-trust.ts'
import type { Config } from './config.ts'
import { makeMailSender } from './notices/mail.ts'
import type { Channel, Send } from './notices/model.ts'
import { makeNotices, type Notices } from './notices/service.ts'
import { makeSmsSender } from './notices/sms.ts'
import { startNotices } from './notices/worker.ts'
import { findFirstOrganisation } from './people/store.ts'

/** Everything that tells people something, in this process. */
export interface NoticeWork {
  readonly notices: Notices
  /** Something was just committed to the outbox: send it at once. */
  wake(): void
  close(): Promise<void>
}

/** Start sending what the outbox holds, by the channels that are configured. */
export function startNoticeWork(
  config: Config,
  { db, now }: Pick<Appliance, 'db' | 'now'>,
  log: Logger,
): NoticeWork {
  const { publicUrl, mail, sms } = config
  const { senders, close } = makeSenders(config)
  const worker = startNotices({
    ...{ db, now, log, random: Math.random },
    dialect: config.databaseUrl.startsWith('sqlite:') ? 'sqlite' : 'postgres',
    senders,
  })
  const channels: Channel[] = [
    ...(mail === undefined ? [] : (['mail'] as const)),
    ...(sms === undefined ? [] : (['sms'] as const)),
  ]
  return {
    notices: makeNotices({
      ...{ db, publicUrl, channels, now, wake: worker.wake },
      findOwnerId: async () => (await findFirstOrganisation(db))?.id,
    }),
    wake: worker.wake,
    async close() {
      await worker.stop()
      close()
    },
  }
}

/** How each channel that is configured sends. */
export function makeSenders({ publicUrl, mail, sms }: Config): {
  readonly senders: Readonly<Partial<Record<Channel, Send>>>
  close(): void
} {
  const trust = () => systemTrust(process.env.NODE_EXTRA_CA_CERTS)
  const mailSender = mail && makeMailSender({ ...mail, publicUrl, trust })
  const smsSender =
    sms &&
    makeSmsSender({
      url: sms.url,
      readToken: async () => (await readFile(sms.tokenFile, 'utf8')).trim(),
      post: makeSendMessage({ trust }),
    })
  return {
    senders: {
      ...(mailSender && { mail: mailSender.send }),
      ...(smsSender && { sms: smsSender }),
    },
    close: () => mailSender?.close(),
  }
}
