import { join, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from './errors.ts'

const HOST_PORT = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:]+)):(?<port>\d{1,5})$/

const hostPort = z.string().transform((text, context) => {
  const { v6, host, port } = HOST_PORT.exec(text)?.groups ?? {}
  const name = v6 ?? host
  if (name === undefined || Number(port) > 65_535) {
    context.addIssue({ code: 'custom', message: 'is not HOST:PORT' })
    return z.NEVER
  }
  return { host: name, port: Number(port) }
})

const list = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .refine((items) => !items.includes(''), 'has an empty item')
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')
const path = z.string().optional()
const urls = list.pipe(
  z.array(z.url({ protocol: /^https?$/, error: 'holds something that is no http or https URL' })),
)
// It is written into certificates, for everybody to read.
const publicUrl = z
  .url({ protocol: /^https?$/, error: 'is not an http or https URL' })
  .refine((text) => !/[?#@]/.test(text), 'must not hold a user, a query or a fragment')
const smtpUrl = z
  .url({ protocol: /^smtps?$/, error: 'is not smtp://HOST or smtps://HOST' })
  .refine((text) => !/[?#]/.test(text), 'must not hold a query or a fragment')
// One address, alone or behind a name: nothing that could become another header.
const mailFrom = z
  .string()
  .regex(/^(?:[^<>@,;"\p{Cc}]+ <[^\s<>@,;"]+@[^\s<>@,;"]+>|[^\s<>@,;"]+@[^\s<>@,;"]+)$/u, {
    error: 'is neither ADDRESS nor NAME <ADDRESS>',
  })
const smsUrl = z
  .url({ protocol: /^https?$/, error: 'is not an http or https URL' })
  .refine((text) => !/[#@]/.test(text), 'must not hold a user or a fragment')
// Without TLS anybody on the way could sign in as anybody; this very machine is its own way.
const oidcIssuer = z
  .url({ protocol: /^https?$/, error: 'is not an https URL' })
  .refine(
    (text) =>
      !/^http:/i.test(text) || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/i.test(text),
    'must be an https URL',
  )
const databaseUrl = z
  .string()
  .regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'is neither sqlite:PATH nor postgres://…')
const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])

function variable<Schema extends z.ZodType>(schema: Schema, example: string): Schema {
  return schema.meta({ example })
}

/** Every variable the server reads, its form, and an example for the message when it is wrong. */
const VARIABLES = z.object({
  SCEAU_DATA_DIR: variable(z.string().default('data'), '/var/lib/sceau'),
  SCEAU_LISTEN: variable(hostPort.prefault('127.0.0.1:8443'), '0.0.0.0:8443'),
  SCEAU_PUBLIC_URL: variable(publicUrl.optional(), 'https://sceau.conseil.example'),
  SCEAU_TLS_CERT: variable(path, '/etc/sceau/tls.crt'),
  SCEAU_TLS_KEY: variable(path, '/etc/sceau/tls.key'),
  SCEAU_TRUST_PROXY: variable(flag.prefault('false'), 'true'),
  SCEAU_PKCS11_MODULE: variable(path, '/usr/lib/softhsm/libsofthsm2.so'),
  SCEAU_PKCS11_TOKENS: variable(list.prefault('sceau'), 'sceau or serial:0f3a or slot:0'),
  SCEAU_PKCS11_PIN_FILE: variable(path, '/etc/sceau/pin'),
  SCEAU_PKCS11_SESSIONS: variable(z.coerce.number().int().min(1).max(256).optional(), '8'),
  SCEAU_PKCS11_PROCESSES: variable(z.coerce.number().int().min(1).max(16).default(1), '4'),
  SCEAU_GUARD_SOCKET: variable(path, '/run/sceau/guard.sock'),
  SCEAU_GUARD_SOCKET_GROUP: variable(z.string().optional(), 'sceau'),
  SCEAU_TRUST_DIR: variable(path, '/etc/sceau/trust'),
  SCEAU_TSA_URLS: variable(urls.optional(), 'https://tsa.example/tsr,https://tsa2.example/tsr'),
  SCEAU_SMTP_URL: variable(smtpUrl.optional(), 'smtps://sceau:PASSWORD@mail.conseil.example'),
  SCEAU_MAIL_FROM: variable(mailFrom.optional(), 'Sceau <sceau@conseil.example>'),
  SCEAU_SMS_URL: variable(smsUrl.optional(), 'https://sms.example/messages'),
  SCEAU_SMS_TOKEN_FILE: variable(path, '/etc/sceau/sms-token'),
  SCEAU_OIDC_ISSUER: variable(oidcIssuer.optional(), 'https://connexion.conseil.example'),
  SCEAU_OIDC_CLIENT_ID: variable(z.string().optional(), 'sceau'),
  SCEAU_OIDC_CLIENT_SECRET_FILE: variable(path, '/etc/sceau/oidc-secret'),
  DATABASE_URL: variable(databaseUrl.optional(), 'sqlite:/var/lib/sceau/sceau.db'),
  SCEAU_FILES_DIR: variable(path, '/srv/sceau'),
  SCEAU_BATCH_RETENTION_DAYS: variable(
    z.coerce.number().int().min(0).max(36_500).default(90),
    '90',
  ),
  SCEAU_THREADS: variable(z.coerce.number().int().min(1).max(64).optional(), '4'),
  SCEAU_LOG_LEVEL: variable(logLevel.default('info'), 'info'),
})

/** What the server was told, read once at the start. It holds paths of secrets, never secrets. */
export interface Config {
  readonly dataDir: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly publicUrl: string
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly trustProxy: boolean
  readonly pkcs11: {
    readonly module: string | undefined
    readonly tokens: readonly string[]
    readonly pinFile: string | undefined
    readonly sessions: number | undefined
    /** Processes for each token, each with its own connection. */
    readonly processes: number
  }
  /** Set when the guard is run apart; otherwise the server starts its own. */
  readonly guardSocket: string | undefined
  /** Group that may use the guard's socket, when server and guard are two users. */
  readonly guardSocketGroup: string | undefined
  /** Folder of further trust anchors (`*.pem`, `*.crt`, `*.cer`) and lists (`*.crl`) for verification. */
  readonly trustDir: string | undefined
  /** Timestamp authorities (RFC 3161), in the order they are asked; maybe none. */
  readonly tsaUrls: readonly string[]
  /** How mail is sent; undefined when it cannot be. The address may hold a password. */
  readonly mail: { readonly url: string; readonly from: string } | undefined
  /** The gateway that sends SMS; undefined when there is none. */
  readonly sms: { readonly url: string; readonly tokenFile: string } | undefined
  /** An OpenID provider at which persons may sign in. */
  readonly oidc:
    | { readonly issuer: string; readonly clientId: string; readonly clientSecretFile: string }
    | undefined
  readonly databaseUrl: string
  /** Files of batches; several nodes share this folder. */
  readonly filesDir: string
  /** Days the files of a finished batch are kept; undefined for ever. */
  readonly batchRetentionDays: number | undefined
  /** Threads that seal batches; by default as many as cores. */
  readonly threads: number | undefined
  readonly logLevel: z.infer<typeof logLevel>
}

/**
 * Read the configuration from environment variables (docs/OPERATIONS.md lists them).
 *
 * @throws AppError `invalid-request` that names each wrong variable, what is wrong and an example.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const read = VARIABLES.safeParse(withoutEmpty(env))
  if (!read.success) throw new AppError('invalid-request', describe(read.error))
  const v = read.data
  if ((v.SCEAU_TLS_CERT === undefined) !== (v.SCEAU_TLS_KEY === undefined)) {
    throw new AppError(
      'invalid-request',
      'SCEAU_TLS_CERT and SCEAU_TLS_KEY go together: set both, or neither to use a certificate of the internal CA.',
    )
  }
  const dataDir = resolve(v.SCEAU_DATA_DIR)
  const smtp = together(
    ['SCEAU_SMTP_URL', v.SCEAU_SMTP_URL],
    ['SCEAU_MAIL_FROM', v.SCEAU_MAIL_FROM],
  )
  const sms = together(
    ['SCEAU_SMS_URL', v.SCEAU_SMS_URL],
    ['SCEAU_SMS_TOKEN_FILE', v.SCEAU_SMS_TOKEN_FILE],
  )
  return {
    dataDir,
    listen: v.SCEAU_LISTEN,
    publicUrl: (v.SCEAU_PUBLIC_URL ?? defaultUrl(v.SCEAU_LISTEN)).replace(/\/+$/, ''),
    tls:
      v.SCEAU_TLS_CERT === undefined || v.SCEAU_TLS_KEY === undefined
        ? undefined
        : { certFile: v.SCEAU_TLS_CERT, keyFile: v.SCEAU_TLS_KEY },
    trustProxy: v.SCEAU_TRUST_PROXY,
    pkcs11: {
      module: v.SCEAU_PKCS11_MODULE,
      tokens: v.SCEAU_PKCS11_TOKENS,
      pinFile: v.SCEAU_PKCS11_PIN_FILE,
      sessions: v.SCEAU_PKCS11_SESSIONS,
      processes: v.SCEAU_PKCS11_PROCESSES,
    },
    guardSocket: v.SCEAU_GUARD_SOCKET,
    guardSocketGroup: v.SCEAU_GUARD_SOCKET_GROUP,
    trustDir: v.SCEAU_TRUST_DIR,
    tsaUrls: v.SCEAU_TSA_URLS ?? [],
    mail: smtp && { url: smtp[0], from: smtp[1] },
    sms: sms && { url: sms[0], tokenFile: sms[1] },
    oidc: readOidc(v),
    databaseUrl: v.DATABASE_URL ?? `sqlite:${join(dataDir, 'sceau.db')}`,
    filesDir: v.SCEAU_FILES_DIR === undefined ? dataDir : resolve(v.SCEAU_FILES_DIR),
    batchRetentionDays: v.SCEAU_BATCH_RETENTION_DAYS || undefined,
    threads: v.SCEAU_THREADS,
    logLevel: v.SCEAU_LOG_LEVEL,
  }
}

function readOidc(v: z.infer<typeof VARIABLES>): Config['oidc'] {
  const {
    SCEAU_OIDC_ISSUER: issuer,
    SCEAU_OIDC_CLIENT_ID: clientId,
    SCEAU_OIDC_CLIENT_SECRET_FILE: clientSecretFile,
  } = v
  if (issuer !== undefined && clientId !== undefined && clientSecretFile !== undefined) {
    return { issuer, clientId, clientSecretFile }
  }
  if ([issuer, clientId, clientSecretFile].every((one) => one === undefined)) return undefined
  throw new AppError(
    'invalid-request',
    'SCEAU_OIDC_ISSUER, SCEAU_OIDC_CLIENT_ID and SCEAU_OIDC_CLIENT_SECRET_FILE go together: set all, or none.',
  )
}

/** The configuration as `sceau doctor` prints it: passwords in addresses are left out. */
export function describeConfig(config: Config): Record<string, unknown> {
  const { databaseUrl, tsaUrls, mail } = config
  return {
    ...config,
    mail: mail && { ...mail, url: withoutPassword(mail.url) },
    databaseUrl: withoutPassword(databaseUrl),
    tsaUrls: tsaUrls.map(withoutPassword),
  }
}

/** Every variable, as it was set and what holds otherwise. The values may hold secrets. */
export function listVariables(env: Readonly<Record<string, string | undefined>>) {
  return Object.entries(VARIABLES.shape).map(([name, schema]) => ({
    name,
    given: env[name] || undefined,
    otherwise: asSet(schema.safeParse(undefined).data),
  }))
}

/** A value that was read, as one would write it into the environment. */
function asSet(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (Array.isArray(value)) return value.join(',')
  const address = z.object({ host: z.string(), port: z.number() }).safeParse(value)
  return address.success ? `${address.data.host}:${address.data.port}` : String(value)
}

function defaultUrl({ host, port }: { host: string; port: number }): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `https://${name.includes(':') ? `[${name}]` : name}:${port}`
}

type Named = readonly [name: string, value: string | undefined]

/** Two variables that mean nothing without each other. */
function together([a, first]: Named, [b, second]: Named): [string, string] | undefined {
  if (first !== undefined && second !== undefined) return [first, second]
  if (first === undefined && second === undefined) return undefined
  throw new AppError('invalid-request', `${a} and ${b} go together: set both, or neither.`)
}

/** `FOO=` in an environment file means «not set», as everywhere in Unix. */
function withoutEmpty(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value !== '') set[name] = value
  }
  return set
}

/** The values are left out: they may hold a password. */
function describe(error: z.ZodError): string {
  return error.issues
    .map(({ path: [name], message }) => {
      const schema = Object.entries(VARIABLES.shape).find(([known]) => known === name)?.[1]
      return `${String(name)}: ${message}. Example: ${String(name)}=${schema?.meta()?.example}`
    })
    .join('\n')
}

function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:/@]*):.*@/, '$1:…@').replace(/([?&][^=&]*password=)[^&]*/gi, '$1…')
}
