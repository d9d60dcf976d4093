import type { Logger } from 'pino'
import { inspectModule } from '../hsm/inspect.ts'
import { makeAuthority } from './authority/service.ts'
import type { TlsIdentity } from './authority/tls.ts'
import type { Config } from './config.ts'
import type { Db } from './db/database.ts'
import { makeGuardSlot } from './first-run/guard-slot.ts'
import { isFirstRunOpen, openLink } from './first-run/opening.ts'
import { fingerprintOf, makeSelfSigned } from './first-run/self-signed.ts'
import { makeFirstRun } from './first-run/service.ts'
import { checkTsa } from './first-run/tsa-check.ts'
import { createFirstRunApp } from './first-run-app.ts'
import { type GuardAccess, openGuard } from './guard-access.ts'
import { makeIdMaker } from './ids.ts'
import type { Surface } from './listener.ts'
import { makeSenders } from './notices-work.ts'
import { makeAccounts } from './people/accounts/service.ts'
import { configuredTls, hostsOf, tlsIdentity } from './tls-work.ts'
import { makeVault } from './vault/vault.ts'
import { composeVerify } from './verify-work.ts'

/** The port of an appliance that is not set up yet. */
export interface FirstRunWork {
  readonly app: Surface
  readonly tls: TlsIdentity
  /** Print the link for the person at the terminal: never into the log. */
  announce(port: number): void
  /** Once the appliance proper is there: all but the guard, which is its own from then on. */
  release(): void
  close(): Promise<void>
}

interface FirstRunWorkDeps {
  readonly db: Db
  readonly log: Logger
  /** Show another certificate from here on. */
  readonly renewTls: (tls: TlsIdentity) => void
  /** Start the appliance proper. @returns What the port leads to from here on. */
  readonly handOver: (guard: GuardAccess) => Promise<Surface>
}

/** Everything the first run needs, with a guard that may not be there yet. */
export async function openFirstRunWork(
  config: Config,
  { db, log, renewTls, handOver }: FirstRunWorkDeps,
): Promise<FirstRunWork> {
  const now = Date.now
  const guard = makeGuardSlot(() => openGuard(config, log))
  const authority = makeAuthority({
    ...{ db, now },
    publicUrl: config.publicUrl,
    keys: { generateKey: async (request) => (await guard.get()).generateKey(request) },
    signDigest: async (request) => (await guard.get()).signDigest(request),
  })
  const tls = await firstTls()
  const vault = makeVault({
    ...{ db, now, makeId: makeIdMaker() },
    keys: {
      generateWrappingKey: async (of) => (await guard.get()).generateWrappingKey(of),
      wrapSecret: async (keyId, secret) => (await guard.get()).wrapSecret(keyId, secret),
      unwrapSecret: async (keyId, wrapped) => (await guard.get()).unwrapSecret(keyId, wrapped),
    },
  })
  const messages = makeSenders(config)
  const release = () => {
    messages.close()
    vault.close()
  }
  const firstRun = makeFirstRun({
    ...{ db, now, config, authority, guard },
    accounts: makeAccounts({ db, now, vault, makeId: makeIdMaker(), publicUrl: config.publicUrl }),
    senders: messages.senders,
    inspect: inspectModule,
    askTsa: (url) => checkTsa(url, { now }),
    verify: composeVerify(config, { authority, now }),
    onAuthority: async () => renewTls(await tlsIdentity(config, { authority, now })),
  })
  const { token } = await openLink({ db, now })
  return {
    app: createFirstRunApp({
      ...{ log, authority, firstRun, now },
      isOver: async () => !(await isFirstRunOpen(db)),
      handOver: async () => handOver(await guard.get()),
    }),
    tls,
    announce(port) {
      const link = `${linkOrigin(config, port)}/first-run/${token}`
      process.stderr.write(announcement(link, fingerprintOf(tls.cert)))
    },
    release,
    async close() {
      release()
      await guard.close()
    },
  }

  /** As long as no authority of ours stands, a certificate that only its fingerprint vouches for. */
  async function firstTls(): Promise<TlsIdentity> {
    const configured = await configuredTls(config)
    if (configured !== undefined) return configured
    if ((await authority.findCertificate('issuing')) !== undefined) {
      try {
        return await tlsIdentity(config, { authority, now })
      } catch (error) {
        log.warn({ err: error }, 'no certificate of the internal authority: one for this start')
      }
    }
    return makeSelfSigned(hostsOf(config), now())
  }
}

/** Pages are behind TLS here, even where the public address is without. */
function linkOrigin({ publicUrl, listen: { host } }: Config, port: number): string {
  if (!publicUrl.startsWith('https:')) return `https://${host}:${port}`
  return publicUrl
}

function announcement(link: string, fingerprint: string): string {
  return [
    '',
    'Nothing is set up here yet. Open this link to begin; it holds until the next start:',
    `  ${link}`,
    'The browser will warn of the certificate if it does not know who issued it. Go on only if its',
    'SHA-256 fingerprint is this one:',
    `  ${fingerprint}`,
    'Without a browser: sceau init.',
    '',
    '',
  ].join('\n')
}
