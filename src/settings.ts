import type { SettingGroup } from '../views/settings/settings-page.tsx'
import type { Check, CheckReadiness } from './http/readiness.ts'
import type { ListSettings } from './http/web/settings.tsx'

type GroupName = SettingGroup['name']

/** A variable as `listVariables` of `src/config.ts` tells it. */
export interface ReadVariable {
  readonly name: string
  /** As it was set; undefined when it was not. */
  readonly given: string | undefined
  /** What holds when it is not set, if anything does. */
  readonly otherwise: string | undefined
}

/** The first pattern that fits says where a variable belongs. */
const GROUPS: readonly (readonly [RegExp, GroupName])[] = [
  [/^DATABASE_/, 'database'],
  [/^SCEAU_(PKCS11|GUARD)_/, 'hsm'],
  [/^SCEAU_TSA_/, 'timestamps'],
  [/^SCEAU_(SMTP|MAIL)_/, 'mail'],
  [/^SCEAU_SMS_/, 'sms'],
  [/^SCEAU_OIDC_/, 'oidc'],
  [/^SCEAU_(DATA|FILES|TRUST)_DIR|^SCEAU_BATCH_/, 'files'],
  [/^SCEAU_(LISTEN|PUBLIC_URL|TLS_|TRUST_PROXY)/, 'server'],
]
const ORDER: readonly GroupName[] = [
  'server',
  'hsm',
  'timestamps',
  'database',
  'files',
  'mail',
  'sms',
  'oidc',
  'other',
]

/** Which check of `/readyz` tests which group. */
const CHECKS: Partial<Record<GroupName, string>> = {
  hsm: 'hsm',
  database: 'database',
  files: 'disk',
  timestamps: 'timestamps',
  mail: 'mail',
  sms: 'sms',
}

/** Names of what nobody may read; a variable that names a file holds only the path. */
const SECRET = /(PASSWORD|SECRET|TOKEN|PIN|KEY)S?$/

/** The settings as the administrator reads them: secrets left out, each group tested now. */
export function makeListSettings(deps: {
  readonly variables: readonly ReadVariable[]
  readonly checkReadiness: CheckReadiness
}): ListSettings {
  return async () => {
    const { checks } = await deps.checkReadiness()
    const named: Readonly<Record<string, Check>> = checks
    return ORDER.flatMap((name) => {
      const settings = deps.variables.filter((one) => groupOf(one.name) === name).map(toSetting)
      const check = named[CHECKS[name] ?? '']
      return settings.length === 0 ? [] : [{ name, settings, check }]
    })
  }
}

function groupOf(variable: string): GroupName {
  return GROUPS.find(([pattern]) => pattern.test(variable))?.[1] ?? 'other'
}

function toSetting({ name: variable, given, otherwise }: ReadVariable) {
  const source = given !== undefined ? 'set' : otherwise !== undefined ? 'default' : 'unset'
  const value = given ?? otherwise
  const isShown = value !== undefined && !isSecret(variable)
  return { variable, source, ...(isShown && { value: withoutPasswords(value) }) } as const
}

function isSecret(variable: string): boolean {
  return SECRET.test(variable) && variable !== 'SCEAU_TLS_KEY'
}

/** `scheme://user:password@host` and `?password=…`, wherever they stand in the text. */
function withoutPasswords(text: string): string {
  return text
    .replace(/(:\/\/[^:/@\s,]*):[^@\s,]*@/g, '$1:…@')
    .replace(/([?&][^=&\s]*(?:password|secret|token|key)[^=&\s]*=)[^&\s]*/gi, '$1…')
}
