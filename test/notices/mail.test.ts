import { connect, createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type MailSettings, makeMailSender, smtpConnection } from '../../src/notices/mail.ts'
import type { DueNotice } from '../../src/notices/model.ts'
import { startMailServer } from '../support/mail-server.ts'
import { makeTlsPair } from '../support/tls-pair.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const ID = '01935e2a-7c00-7000-8000-000000000001'

function notice(changed: Partial<DueNotice> = {}): DueNotice {
  return {
    ...{ id: ID, kind: 'enrolment.invitation', channel: 'mail', locale: 'fr' },
    ...{ recipient: 'helene.marchal@croec.example', attempt: 1 },
    data: { organisation: 'Conseil régional du Val de Brume – Müller & Çelik', token: 'abc_-123' },
    ...{ createdAt: NOW, expiresAt: NOW + 86_400_000 },
    ...changed,
  }
}

function senderTo(url: string, changed: Partial<MailSettings> = {}) {
  const sender = makeMailSender({
    url,
    from: 'Sceau du conseil <sceau@croec.example>',
    publicUrl: 'https://sceau.croec.example',
    trust: () => createSecureContext(),
    ...changed,
  })
  onTestFinished(() => sender.close())
  return sender
}

describe('a mail', () => {
  test('arrives with both its forms, its language and its accents', async () => {
    const server = await startMailServer()
    expect(await senderTo(server.url).send(notice(), NOW)).toEqual({ state: 'accepted' })

    const [mail] = server.arrived
    const { parsed } = mail ?? {}
    expect(mail).toMatchObject({
      from: 'sceau@croec.example',
      to: ['helene.marchal@croec.example'],
    })
    expect(parsed?.subject).toBe(
      'Conseil régional du Val de Brume – Müller & Çelik vous invite à créer votre certificat de signature',
    )
    expect(parsed?.from?.text).toBe('"Sceau du conseil" <sceau@croec.example>')
    expect(parsed?.messageId).toBe(`<${ID}@sceau.croec.example>`)
    expect(parsed?.date?.getTime()).toBe(NOW)
    expect(parsed?.headers.get('content-language')).toBe('fr')
    expect(parsed?.headers.get('auto-submitted')).toBe('auto-generated')
    expect(mail?.raw).toContain('multipart/alternative')
    const link = 'https://sceau.croec.example/enrol/abc_-123'
    expect(parsed?.text).toContain('pièce d’identité')
    expect(parsed?.text).toContain(link)
    expect(parsed?.html).toContain('<html lang="fr">')
    expect(parsed?.html).toContain(`href="${link}"`)
    expect(parsed?.html).toContain('Müller &amp; Çelik')
  })

  test('is in the language of its recipient', async () => {
    const server = await startMailServer()
    await senderTo(server.url).send(notice({ locale: 'en' }), NOW)

    const [mail] = server.arrived
    expect(mail?.parsed.subject).toContain('invites you to create your signing certificate')
    expect(mail?.parsed.html).toContain('<html lang="en">')
    expect(mail?.parsed.headers.get('content-language')).toBe('en')
  })

  test.each([
    { what: 'a second header', name: 'Conseil\r\nBcc: eve@evil.example\r\n\r\nBody' },
    { what: 'a direction of writing', name: 'Conseil \u202Eneve' },
    { what: 'half a character', name: 'Conseil \uD800' },
    { what: 'markup', name: '<script>alert(1)</script><a href="https://evil.example">x</a>' },
    { what: 'a very long name', name: '𝕏'.repeat(5_000) },
  ])('lets no name bring $what along', async ({ name }) => {
    const server = await startMailServer()
    await senderTo(server.url).send(notice({ data: { organisation: name, token: 'abc' } }), NOW)

    const [mail] = server.arrived
    expect(mail?.to).toEqual(['helene.marchal@croec.example'])
    expect(mail?.parsed.bcc).toBeUndefined()
    expect(mail?.parsed.subject).not.toMatch(/[\p{Cc}\p{Cf}\uFFFD]/u)
    expect([...(mail?.parsed.subject ?? '')].length).toBeLessThanOrEqual(150)
    expect(mail?.parsed.html).not.toMatch(/<script|href="https:\/\/evil/)
  })

  test.each([
    { token: '/../evil', reason: 'it would leave the path' },
    { token: 'a"b', reason: 'it would end the attribute' },
    { token: 'a b', reason: 'it is not of a path' },
  ])('is not written with the token $token: $reason', async ({ token }) => {
    const server = await startMailServer()
    const sent = senderTo(server.url).send(
      notice({ data: { organisation: 'Conseil', token: `//evil.example/${token} ` } }),
      NOW,
    )
    await expect(sent).rejects.toThrow(RangeError)
    expect(server.asked()).toBe(0)
  })

  test('goes to one address, whatever commas it holds', async () => {
    const server = await startMailServer()
    const outcome = await senderTo(server.url).send(
      notice({ recipient: 'a@croec.example, eve@evil.example' }),
      NOW,
    )
    expect(server.arrived.flatMap(({ to }) => to)).not.toContain('eve@evil.example')
    expect(outcome.state).toBe('refused')
  })
})

describe('what a mail server says', () => {
  test.each([
    { status: 450, words: 'mailbox busy', state: 'delayed' },
    { status: 452, words: 'out of space', state: 'delayed' },
    { status: 550, words: 'no such user here', state: 'refused' },
    { status: 552, words: 'mailbox full', state: 'refused' },
  ])('$status of the mail: $state, and its words are kept', async ({ status, words, state }) => {
    const server = await startMailServer({ answers: [{ status, words }] })
    expect(await senderTo(server.url).send(notice(), NOW)).toEqual({
      ...{ state, code: String(status), words: `${status} ${words}` },
    })
  })

  test.each([
    { status: 451, state: 'delayed' },
    { status: 550, state: 'refused' },
  ])('$status of the recipient: $state', async ({ status, state }) => {
    const recipients = { 'helene.marchal@croec.example': { status, words: 'not now or never' } }
    const server = await startMailServer({ recipients })
    expect(await senderTo(server.url).send(notice(), NOW)).toMatchObject({
      ...{ state, code: String(status) },
      words: expect.stringContaining('not now or never'),
    })
  })

  test('nothing, because it closes in the middle: the mail may come later', async () => {
    const server = await startMailServer({ answers: ['hang-up'] })
    const sender = senderTo(server.url)

    expect(await sender.send(notice(), NOW)).toMatchObject({ state: 'delayed' })
    expect(await sender.send(notice(), NOW)).toEqual({ state: 'accepted' })

    const ids = server.arrived.map(({ parsed }) => parsed.messageId)
    expect(ids).toEqual([`<${ID}@sceau.croec.example>`, `<${ID}@sceau.croec.example>`])
  })

  test('nothing, because nobody is there: the mail may come later', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    await new Promise((resolve) => server.close(resolve))

    const outcome = await senderTo(`smtp://127.0.0.1:${port}`).send(notice(), NOW)
    expect(outcome).toMatchObject({ state: 'delayed' })
  })

  test('very slowly: the mail may come later, and another is not held up', async () => {
    const server = await startMailServer()
    let connections = 0
    const slow = createServer((socket) => {
      connections += 1
      socket.on('error', () => {})
      if (connections > 1) {
        const onward = connect(server.port, '127.0.0.1')
        onward.on('error', () => {})
        socket.pipe(onward).pipe(socket)
        return
      }
      // Never silent for long, and never at an end.
      const dripping = setInterval(() => socket.write('220-wait\r\n'), 20)
      socket.once('close', () => clearInterval(dripping))
    })
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void slow.close())
    const address = slow.address()
    const port = typeof address === 'object' ? address?.port : 0
    const sender = senderTo(`smtp://127.0.0.1:${port}`, { mailTimeoutMs: 2_000 })

    expect(await sender.send(notice(), NOW)).toMatchObject({ state: 'delayed' })
    expect(await sender.send(notice(), NOW)).toEqual({ state: 'accepted' })
  })

  test('a refused password is ours to mend: the mail may come later', async () => {
    const server = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error('Invalid login')),
    })
    const url = server.url.replace('//', '//sceau:wrong%20one@')

    expect(await senderTo(url).send(notice(), NOW)).toMatchObject({ state: 'delayed', code: '535' })
  })

  test('a mail is sent with the name and the password of the address', async () => {
    const given: unknown[] = []
    const server = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth({ username, password }, _session, done) {
        given.push(username, password)
        done(null, { user: username })
      },
    })
    const url = server.url.replace('//', '//sceau%40croec.example:p%2Fw%20d@')

    expect(await senderTo(url).send(notice(), NOW)).toEqual({ state: 'accepted' })
    expect(given).toEqual(['sceau@croec.example', 'p/w d'])
  })
})

describe('the connection to a mail server', () => {
  test.each([
    { url: 'smtp://localhost', port: 25, secure: false, requireTLS: false },
    { url: 'smtp://127.0.0.1:2525', port: 2525, secure: false, requireTLS: false },
    { url: 'smtp://[::1]', port: 25, secure: false, requireTLS: false },
    { url: 'smtp://mail.example', port: 587, secure: false, requireTLS: true },
    { url: 'smtp://localhost.evil.example', port: 587, secure: false, requireTLS: true },
    { url: 'smtp://10.0.0.7', port: 587, secure: false, requireTLS: true },
    { url: 'smtps://mail.example', port: 465, secure: true, requireTLS: false },
  ])('$url: port $port', ({ url, ...expected }) => {
    expect(smtpConnection(url)).toMatchObject(expected)
  })

  // 0.0.0.0 reaches this machine, and is no name for it that we trust.
  const elsewhere = (port: number) => `smtp://0.0.0.0:${port}`

  test('to another machine is secured before anything is said', async () => {
    const { key, cert } = await makeTlsPair('0.0.0.0')
    const server = await startMailServer({ key, cert })
    const trust = () => createSecureContext({ ca: cert })

    const sender = senderTo(elsewhere(server.port), { trust })
    expect(await sender.send(notice(), NOW)).toEqual({ state: 'accepted' })
    expect(server.arrived).toMatchObject([{ isSecure: true }])
  })

  test('to another machine that offers no TLS is not used', async () => {
    const server = await startMailServer()

    const outcome = await senderTo(elsewhere(server.port)).send(notice(), NOW)
    expect(outcome).toMatchObject({ state: 'delayed' })
    expect(server.asked()).toBe(0)
  })

  test('whose certificate nobody here trusts is not used', async () => {
    const server = await startMailServer(await makeTlsPair('0.0.0.0'))

    const outcome = await senderTo(elsewhere(server.port)).send(notice(), NOW)
    expect(outcome).toMatchObject({ state: 'delayed' })
    expect(server.asked()).toBe(0)
  })

  test('with TLS from its beginning is used', async () => {
    const { key, cert } = await makeTlsPair('0.0.0.0')
    const server = await startMailServer({ key, cert, secure: true })
    const trust = () => createSecureContext({ ca: cert })
    const url = `smtps://0.0.0.0:${server.port}`

    expect(await senderTo(url, { trust }).send(notice(), NOW)).toEqual({ state: 'accepted' })
  })
})
