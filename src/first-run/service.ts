import type { KeyAlgorithm } from '../../hsm/algorithms.ts'
import type { ModuleReport } from '../../hsm/inspect.ts'
import type { Authority } from '../authority/service.ts'
import type { Config } from '../config.ts'
import type { PdfSource } from '../pdf/source.ts'
import type { Origin } from '../people/accounts/model.ts'
import type { Accounts } from '../people/accounts/service.ts'
import type { Organisation } from '../people/model.ts'
import type { VerificationReport } from '../verify/report.ts'
import {
  attestAdministrator,
  enterAdministrator,
  findIdentity,
  findNeed,
  type Identity,
} from './administrator.ts'
import { takeCeremony } from './ceremony.ts'
import { finishFirstRun } from './finish.ts'
import type { GuardSlot } from './guard-slot.ts'
import { checkHsm, type HsmReport, isHsmReady } from './hsm-check.ts'
import { isSecretOf, sessionOf } from './link.ts'
import { leaveMessages, type Senders, tryMessages } from './messages.ts'
import { type FirstRun, type Locale, requireReached } from './model.ts'
import { takeOrganisation } from './organisation.ts'
import { findDocument, findFirstRun, findLink } from './store.ts'
import { over, type StepDeps, takeStep } from './take-step.ts'
import { takeTestDocument } from './test-document.ts'
import { goWithoutTimestamps, tryTimestamps } from './timestamps.ts'
import type { TsaReport } from './tsa-check.ts'

export interface FirstRunDeps extends StepDeps {
  readonly config: Pick<Config, 'pkcs11' | 'guardSocket' | 'tsaUrls'>
  readonly authority: Authority
  readonly accounts: Accounts
  readonly senders: Senders
  readonly guard: GuardSlot
  readonly inspect: (modulePath: string) => Promise<ModuleReport>
  readonly askTsa: (url: string) => Promise<TsaReport>
  readonly verify: (source: PdfSource) => Promise<VerificationReport>
  /** Told once certificates can be issued. */
  readonly onAuthority: () => Promise<void>
}

export type FirstRunService = ReturnType<typeof makeFirstRun>

/** What the pages of the first run can do; all of it says `not-found` once that is over. */
export function makeFirstRun(deps: FirstRunDeps) {
  const { db } = deps

  /** @throws AppError `not-found` when it is over. */
  async function get(): Promise<FirstRun> {
    const run = await findFirstRun(db)
    if (run === undefined || run.finishedAt !== null) throw over()
    return run
  }

  /** @returns What the browser is to keep, when this is the token of the link in force. */
  async function open(token: string): Promise<string | undefined> {
    const link = await findLink(db)
    return link !== undefined && isSecretOf(token, link.tokenSha256) ? sessionOf(token) : undefined
  }

  async function isHolder(session: string): Promise<boolean> {
    const link = await findLink(db)
    return link !== undefined && isSecretOf(session, link.sessionSha256)
  }

  const takeLanguage = (locale: Locale) =>
    takeStep(deps, 'language', async () => ({ detail: { locale }, change: { locale } }))

  /** @returns What was found; the step is done when a signature was. */
  async function tryHsm(): Promise<HsmReport> {
    requireReached(await get(), 'hsm')
    const report = await checkHsm(deps)
    if (isHsmReady(report)) await takeStep(deps, 'hsm', async () => ({ detail: { ...report } }))
    return report
  }

  return {
    get,
    open,
    isHolder,
    takeLanguage,
    takeOrganisation: (wanted: Omit<Organisation, 'id'>) => takeOrganisation(deps, wanted),
    enterAdministrator: (identity: Identity) => enterAdministrator(deps, identity),
    findIdentity: async () => findIdentity(db, await get()),
    findNeed: async () => findNeed(deps, await get()),
    attestAdministrator: () => attestAdministrator(deps),
    accounts: deps.accounts,
    tryHsm,
    takeCeremony: (algorithm: KeyAlgorithm) => takeCeremony(deps, algorithm),
    tryTimestamps: () => tryTimestamps({ ...deps, tsaUrls: deps.config.tsaUrls, ask: deps.askTsa }),
    goWithoutTimestamps: (isUnderstood: boolean) => goWithoutTimestamps(deps, isUnderstood),
    tryMessages: () => tryMessages(deps),
    leaveMessages: () => leaveMessages(deps),
    takeTestDocument: (wanted: Parameters<typeof takeTestDocument>[1]) =>
      takeTestDocument(deps, wanted),
    findDocument: () => findDocument(db),
    finish: (browser: Origin) => finishFirstRun(deps, browser),
    /** What the pages tell of the configuration. */
    config: {
      tsaUrls: deps.config.tsaUrls.map(withoutSecret),
      tokens: deps.config.pkcs11.tokens,
      hasMessages: Object.keys(deps.senders).length > 0,
      isGuardApart: deps.config.guardSocket !== undefined,
    },
  }
}

function withoutSecret(url: string): string {
  const shown = new URL(url)
  shown.password = ''
  shown.search = ''
  return shown.href
}
