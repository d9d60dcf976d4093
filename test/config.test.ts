import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeConfig, readConfig } from '../src/config.ts'
import { AppError } from '../src/errors.ts'

function refusalOf(env: Record<string, string>): string {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid-request') return error.message
    throw error
  }
  throw new Error('it was taken')
}

describe('the configuration', () => {
  test('has a default for everything but the HSM', () => {
    expect(readConfig({})).toEqual({
      dataDir: resolve('data'),
      listen: { host: '127.0.0.1', port: 8443 },
      publicUrl: 'https://127.0.0.1:8443',
      tls: undefined,
      trustProxy: false,
      pkcs11: {
        module: undefined,
        tokens: ['sceau'],
        pinFile: undefined,
        sessions: undefined,
        processes: 1,
      },
      guardSocket: undefined,
      guardSocketGroup: undefined,
      trustDir: undefined,
      tsaUrls: [],
      mail: undefined,
      sms: undefined,
      databaseUrl: `sqlite:${resolve('data/sceau.db')}`,
      filesDir: resolve('data'),
      batchRetentionDays: 90,
      threads: undefined,
      logLevel: 'info',
    })
  })

  test('is described without the password of the mail server', () => {
    const config = readConfig({
      SCEAU_SMTP_URL: 'smtps://sceau:hunter2@mail.example',
      SCEAU_MAIL_FROM: 'sceau@a.example',
    })
    expect(JSON.stringify(describeConfig(config))).not.toContain('hunter2')
  })

  test.each([
    { SCEAU_SMTP_URL: 'smtps://mail.example' },
    { SCEAU_SMS_URL: 'https://sms.example' },
    { SCEAU_OIDC_ISSUER: 'https://id.example', SCEAU_OIDC_CLIENT_ID: 'sceau' },
  ])('refuses half of a pair: %o', (env) => {
    expect(refusalOf(env)).toContain('go together')
  })

  test('takes a variable that is set to nothing for one that is not set', () => {
    const empty = { SCEAU_LISTEN: '', SCEAU_PKCS11_SESSIONS: '', DATABASE_URL: '', OTHER: '' }

    expect(readConfig(empty)).toEqual(readConfig({}))
  })

  test.each<{ env: Record<string, string>; expected: object }>([
    { env: { SCEAU_LISTEN: '0.0.0.0:443' }, expected: { listen: { host: '0.0.0.0', port: 443 } } },
    { env: { SCEAU_FILES_DIR: '/srv/sceau' }, expected: { filesDir: '/srv/sceau' } },
    { env: { SCEAU_BATCH_RETENTION_DAYS: '0' }, expected: { batchRetentionDays: undefined } },
    { env: { SCEAU_THREADS: '4' }, expected: { threads: 4 } },
    { env: { SCEAU_LISTEN: '[::1]:0' }, expected: { listen: { host: '::1', port: 0 } } },
    { env: { SCEAU_LISTEN: '0.0.0.0:443' }, expected: { publicUrl: 'https://localhost:443' } },
    { env: { SCEAU_LISTEN: '[::1]:8443' }, expected: { publicUrl: 'https://[::1]:8443' } },
    { env: { SCEAU_PUBLIC_URL: 'http://a.example/' }, expected: { publicUrl: 'http://a.example' } },
    {
      env: { SCEAU_DATA_DIR: '/srv/sceau' },
      expected: { databaseUrl: 'sqlite:/srv/sceau/sceau.db' },
    },
    { env: { SCEAU_TRUST_PROXY: 'true' }, expected: { trustProxy: true } },
    {
      env: { SCEAU_SMTP_URL: 'smtps://a.example', SCEAU_MAIL_FROM: 'Le Sceau <s@a.example>' },
      expected: { mail: { url: 'smtps://a.example', from: 'Le Sceau <s@a.example>' } },
    },
    {
      env: {
        SCEAU_OIDC_ISSUER: 'https://id.example',
        SCEAU_OIDC_CLIENT_ID: 'sceau',
        SCEAU_OIDC_CLIENT_SECRET_FILE: '/a',
      },
      expected: {
        oidc: { issuer: 'https://id.example', clientId: 'sceau', clientSecretFile: '/a' },
      },
    },
    {
      env: { SCEAU_SMS_URL: 'https://a.example/sms', SCEAU_SMS_TOKEN_FILE: '/a' },
      expected: { sms: { url: 'https://a.example/sms', tokenFile: '/a' } },
    },
    {
      env: { SCEAU_PKCS11_TOKENS: 'main, serial:0f3a', SCEAU_PKCS11_SESSIONS: '8' },
      expected: { pkcs11: { tokens: ['main', 'serial:0f3a'], sessions: 8 } },
    },
    {
      env: { SCEAU_TLS_CERT: '/a.crt', SCEAU_TLS_KEY: '/a.key' },
      expected: { tls: { certFile: '/a.crt', keyFile: '/a.key' } },
    },
    {
      env: { DATABASE_URL: 'postgres://sceau@/sceau?host=/run/postgresql' },
      expected: { databaseUrl: 'postgres://sceau@/sceau?host=/run/postgresql' },
    },
    { env: { DATABASE_URL: 'postgresql://h/d' }, expected: { databaseUrl: 'postgresql://h/d' } },
  ])('reads $env', ({ env, expected }) => {
    expect(readConfig(env)).toMatchObject(expected)
  })

  test.each([
    { name: 'SCEAU_LISTEN', value: '8443', problem: 'is not HOST:PORT', example: '0.0.0.0:8443' },
    {
      name: 'SCEAU_LISTEN',
      value: 'h:99999',
      problem: 'is not HOST:PORT',
      example: '0.0.0.0:8443',
    },
    {
      name: 'SCEAU_PUBLIC_URL',
      value: 'sceau.example',
      problem: 'is not an http or https URL',
      example: 'https://sceau.conseil.example',
    },
    {
      name: 'SCEAU_PUBLIC_URL',
      value: 'ftp://sceau.example',
      problem: 'is not an http or https URL',
      example: 'https://sceau.conseil.example',
    },
    {
      name: 'SCEAU_PUBLIC_URL',
      value: 'https://sceau.example/?a=1',
      problem: 'must not hold a user, a query or a fragment',
      example: 'https://sceau.conseil.example',
    },
    { name: 'SCEAU_TRUST_PROXY', value: 'yes', problem: '"true"|"false"', example: 'true' },
    {
      name: 'SCEAU_PKCS11_TOKENS',
      value: 'a,,b',
      problem: 'has an empty item',
      example: 'sceau or serial:0f3a or slot:0',
    },
    { name: 'SCEAU_PKCS11_SESSIONS', value: 'many', problem: 'expected number', example: '8' },
    { name: 'SCEAU_PKCS11_SESSIONS', value: '0', problem: '>=1', example: '8' },
    {
      name: 'DATABASE_URL',
      value: 'mysql://h/d',
      problem: 'is neither sqlite:PATH nor postgres://…',
      example: 'sqlite:/var/lib/sceau/sceau.db',
    },
    {
      name: 'SCEAU_SMTP_URL',
      value: 'mail.example',
      problem: 'is not smtp://HOST or smtps://HOST',
      example: 'smtps://sceau:PASSWORD@mail.conseil.example',
    },
    ...['http://id.example', 'http://localhost.id.example'].map((value) => ({
      name: 'SCEAU_OIDC_ISSUER',
      value,
      problem: 'must be an https URL',
      example: 'https://connexion.conseil.example',
    })),
    ...['sceau', 'a@b.example, c@d.example', 'Sceau\r\nBcc: <a@b.example>'].map((value) => ({
      name: 'SCEAU_MAIL_FROM',
      value,
      problem: 'is neither ADDRESS nor NAME <ADDRESS>',
      example: 'Sceau <sceau@conseil.example>',
    })),
    { name: 'SCEAU_LOG_LEVEL', value: 'loud', problem: '"warn"', example: 'info' },
  ])('refuses $name=$value by name, problem and example', ({ name, value, problem, example }) => {
    const message = refusalOf({ [name]: value })

    expect(message.split('\n')).toHaveLength(1)
    expect(message).toMatch(new RegExp(`^${name}: `))
    expect(message).toContain(problem)
    expect(message).toContain(`Example: ${name}=${example}`)
  })

  test('names every variable that is wrong at once', () => {
    const message = refusalOf({ SCEAU_LISTEN: 'x', SCEAU_TRUST_PROXY: 'x', SCEAU_LOG_LEVEL: 'x' })

    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual([
      'SCEAU_LISTEN',
      'SCEAU_TRUST_PROXY',
      'SCEAU_LOG_LEVEL',
    ])
  })

  test('refuses half of a TLS identity', () => {
    expect(refusalOf({ SCEAU_TLS_CERT: '/a.crt' })).toMatch(/SCEAU_TLS_CERT and SCEAU_TLS_KEY/)
    expect(refusalOf({ SCEAU_TLS_KEY: '/a.key' })).toMatch(/SCEAU_TLS_CERT and SCEAU_TLS_KEY/)
  })
})

describe('a password', () => {
  const SECRET = 's3cr3t'

  test.each([
    { name: 'DATABASE_URL', value: `mysql://sceau:${SECRET}@db/sceau` },
    { name: 'DATABASE_URL', value: `${SECRET}` },
    { name: 'SCEAU_PUBLIC_URL', value: `https://sceau:${SECRET}@sceau.example` },
    { name: 'SCEAU_LISTEN', value: SECRET },
  ])('in a wrong $name is not printed', ({ name, value }) => {
    expect(refusalOf({ [name]: value })).not.toContain(SECRET)
  })

  test.each([
    `postgres://sceau:${SECRET}@db:5432/sceau`,
    `postgres://sceau:${SECRET}@half@db/sceau`,
    `postgres://sceau:a/${SECRET}:x@db/sceau?sslmode=require`,
    `postgres://db/sceau?user=sceau&password=${SECRET}&sslmode=require`,
    `postgres://db/sceau?sslpassword=${SECRET}`,
  ])('in %s is not described', (url) => {
    const described = JSON.stringify(describeConfig(readConfig({ DATABASE_URL: url })))

    expect(described).not.toContain(SECRET)
    expect(described).toContain('db')
  })

  test('is all that the description leaves out', () => {
    const config = readConfig({ DATABASE_URL: 'postgres://sceau@db/sceau?sslmode=require' })

    expect(describeConfig(config)).toEqual(config)
  })
})

test('timestamp authorities are addresses of HTTP in their order, shown without passwords', () => {
  const config = readConfig({ SCEAU_TSA_URLS: 'https://a.example/tsr, http://u:secret@b.example/' })

  expect(config.tsaUrls).toEqual(['https://a.example/tsr', 'http://u:secret@b.example/'])
  expect(JSON.stringify(describeConfig(config))).not.toContain('secret')
  expect(readConfig({}).tsaUrls).toEqual([])
  expect(() => readConfig({ SCEAU_TSA_URLS: 'https://a.example/,ldap://b' })).toThrow(
    /SCEAU_TSA_URLS: .*Example: SCEAU_TSA_URLS=https/,
  )
})
