import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { needsEnrolment, openEnrolment } from '../../../src/people/enrolment/invitation.ts'
import { describeEachDatabase } from '../../support/databases.ts'
import { DAY_MS, goTo, IDENTITY, JPEG, MOBILE, makeBench, START, WAY } from './bench.ts'

describeEachDatabase('an enrolment', (open) => {
  test('leads from the invitation to a certificate of three years, each step in the journal', async () => {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')

    const done = await goTo(bench, enrolment, 'conditions')

    expect(done).toMatchObject({ state: 'active', rejections: 0 })
    expect(await bench.actions(enrolment.id)).toEqual([
      'enrolment.opened',
      'enrolment.started',
      'enrolment.email-verified',
      'enrolment.mobile-verified',
      'enrolment.contact-verified',
      'enrolment.identity-submitted',
      'enrolment.identity-verified',
      'enrolment.factor-registered',
      'enrolment.key-generated',
      'enrolment.certificate-issued',
      'enrolment.accepted',
      'enrolment.activated',
    ])
    const certificate = await bench.db
      .selectFrom('certificate')
      .selectAll()
      .where('id', '=', done.certificateId ?? '')
      .executeTakeFirstOrThrow()
    expect(certificate.not_before).toBe(START)
    expect(certificate.not_after).toBe(Date.UTC(2029, 10, 24, 12))
    expect(certificate.subject).toMatch(/CN=Zoé ARTAGNAN, serialNumber=S-[0-9A-F]{24}, GN=Zoé/)
    expect([...bench.keys.values()]).toContain(`sceau enrolment ${enrolment.id}`)
    const person = await bench.db
      .selectFrom('person')
      .select(['mobile', 'professional_id'])
      .where('id', '=', done.personId)
      .executeTakeFirstOrThrow()
    expect(person).toEqual({ mobile: MOBILE, professional_id: '14-00012345' })
    const member = await bench.db
      .selectFrom('membership')
      .select('state')
      .where('person_id', '=', done.personId)
      .executeTakeFirstOrThrow()
    expect(member.state).toBe('active')
  })

  test('names nobody in the journal: no name, address, number or document', async () => {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    await goTo(bench, enrolment, 'conditions')

    const entries = await bench.db.selectFrom('journal_entry').selectAll().execute()

    expect(JSON.stringify(entries)).not.toMatch(/ARTAGNAN|Zoé|essai\.example|33612|4F2A|00012345/)
  })

  test('keeps neither tokens nor codes, only what they can be known by', async () => {
    const bench = await makeBench((await open()).db)
    const { token, enrolment } = await bench.invite('Zoé ARTAGNAN')
    await bench.enrolments.start(enrolment.id)
    await bench.enrolments.sendCode(enrolment.id, { channel: 'mail' })
    const code = await bench.lastCode('mail')

    const kept = JSON.stringify([
      await bench.db.selectFrom('enrolment').selectAll().execute(),
      await bench.db.selectFrom('enrolment_link').selectAll().execute(),
      await bench.db.selectFrom('enrolment_code').select(['mac', 'tries']).execute(),
    ])

    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(kept).not.toContain(token)
    expect(kept).not.toContain(code)
  })
})

describeEachDatabase('a code', (open) => {
  async function started() {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    await bench.enrolments.start(enrolment.id)
    await bench.enrolments.sendCode(enrolment.id, { channel: 'mail' })
    const code = await bench.lastCode('mail')
    const check = (typed: string) =>
      bench.enrolments.checkCode(enrolment.id, { channel: 'mail', code: typed })
    return { bench, id: enrolment.id, code, check, wrong: code === '000000' ? '1' : '000000' }
  }

  test('is good once', async () => {
    const { code, check } = await started()

    expect(await check(code)).toBe('right')
    expect(await check(code)).toBe('none')
  })

  test('is used up by five wrong guesses, and the right one is then refused', async () => {
    const { code, check, wrong } = await started()

    for (let n = 0; n < 5; n += 1) expect(await check(wrong)).toBe('wrong')

    expect(await check(code)).toBe('used-up')
  })

  test('is worth nothing after ten minutes', async () => {
    const { bench, code, check } = await started()
    bench.now += 600_000

    expect(await check(code)).toBe('expired')
  })

  test('is not sent again within a minute, and the one before is void when it is', async () => {
    const { bench, id, code, check } = await started()

    await expect(bench.enrolments.sendCode(id, { channel: 'mail' })).rejects.toMatchObject({
      code: 'too-many-requests',
      hints: { retryAfterSeconds: 60 },
    })
    bench.now += 60_000
    await bench.enrolments.sendCode(id, { channel: 'mail' })
    const next = await bench.lastCode('mail')

    if (next !== code) expect(await check(code)).toBe('wrong')
    expect(await check(next)).toBe('right')
  })

  test('for one number does not verify another', async () => {
    const { bench, id } = await started()
    await bench.enrolments.sendCode(id, { channel: 'sms', mobile: MOBILE })
    const code = await bench.lastCode('sms')
    bench.now += 60_000
    await bench.enrolments.sendCode(id, { channel: 'sms', mobile: '+33687654321' })

    const verdict = await bench.enrolments.checkCode(id, { channel: 'sms', code })

    if ((await bench.lastCode('sms')) !== code) expect(verdict).toBe('wrong')
    expect((await bench.get(id)).mobile).toBe('+33687654321')
  })
})

describeEachDatabase('a link', (open) => {
  test('ends after two weeks, and when another is issued in its place', async () => {
    const bench = await makeBench((await open()).db)
    const { token, enrolment } = await bench.invite('Zoé ARTAGNAN')
    await bench.enrolments.reissueLink(enrolment.id, bench.verifier)
    const second = await bench.lastToken()

    expect(await bench.enrolments.resolveLink(token)).toBeUndefined()
    expect(await bench.enrolments.resolveLink(second)).toMatchObject({ id: enrolment.id })
    bench.now += 14 * DAY_MS
    expect(await bench.enrolments.resolveLink(second)).toBeUndefined()
    expect(await bench.enrolments.resolveLink('x'.repeat(43))).toBeUndefined()
  })

  test('leads to sign-in as soon as there are password and factor, and nowhere once that is recorded', async () => {
    const bench = await makeBench((await open()).db)
    const { token, enrolment } = await bench.invite('Zoé ARTAGNAN')
    await goTo(bench, enrolment, 'verification')
    bench.accounts.passwords.add(enrolment.personId)

    expect(await bench.enrolments.resolveLink(token)).toMatchObject({ id: enrolment.id })
    expect(await bench.enrolments.registerFactor(enrolment.id)).toBe(false)
    bench.accounts.factors.add(enrolment.personId)
    expect(await bench.enrolments.resolveLink(token)).toBe('sign-in')
    expect(await bench.enrolments.registerFactor(enrolment.id)).toBe(true)
    expect(await bench.enrolments.resolveLink(token)).toBeUndefined()
    await expect(bench.enrolments.reissueLink(enrolment.id, bench.verifier)).rejects.toMatchObject({
      code: 'invalid-request',
    })
  })
})

describeEachDatabase('an identity document', (open) => {
  async function submitted() {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    return { bench, id: (await goTo(bench, enrolment, 'document')).id, enrolment }
  }

  test('is stored sealed, each look is in the journal, and it is destroyed once verified', async () => {
    const { bench, id } = await submitted()
    const [file] = await readdir(bench.imagesDir)

    const seen = await bench.enrolments.viewIdentity(id, bench.verifier)

    expect(file).toMatch(/^[0-9a-f]{32}$/)
    expect(Buffer.from(seen.bytes)).toEqual(JPEG)
    expect(await bench.actions(id)).toContain('identity.viewed')
    await bench.enrolments.verifyIdentity(id, { actor: bench.verifier, method: 'face-to-face' })
    expect(await readdir(bench.imagesDir)).toEqual([])
    const { proofs } = await bench.enrolments.detailFor(id, bench.verifier)
    expect(proofs).toEqual([
      expect.objectContaining({
        ...{ state: 'verified', method: 'face-to-face', fileId: null, kind: 'passport' },
        ...{ last4: '4F2A', expiresOn: '2030-01-31', verifier: 'Sylvie Secrétaire' },
        fileSha256: createHash('sha256').update(JPEG).digest('hex'),
      }),
    ])
    await expect(bench.enrolments.viewIdentity(id, bench.verifier)).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  test('is never verified by the holder himself, nor by who may not', async () => {
    const { bench, id, enrolment } = await submitted()
    const himself = { ...bench.verifier, id: enrolment.personId }
    const permanent = { ...bench.verifier, functions: ['permanent'] as const }
    const method = 'face-to-face'

    for (const actor of [himself, permanent]) {
      for (const act of [
        () => bench.enrolments.verifyIdentity(id, { actor, method }),
        () => bench.enrolments.rejectIdentity(id, { actor, reason: 'illisible' }),
        () => bench.enrolments.viewIdentity(id, actor),
      ]) {
        await expect(act()).rejects.toMatchObject({ code: 'not-authorised' })
      }
    }
    expect((await bench.get(id)).state).toBe('identity-submitted')
  })

  test('is absent for an administrator of another organisation', async () => {
    const { bench, id } = await submitted()
    const other = await bench.addOrganisation('Autre conseil')
    const actor = await bench.addMember(other, 'secretary-general', 'Olivier AUTRE')

    for (const act of [
      () => bench.enrolments.detailFor(id, actor),
      () => bench.enrolments.viewIdentity(id, actor),
      () => bench.enrolments.verifyIdentity(id, { actor, method: 'video' }),
      () => bench.enrolments.rejectIdentity(id, { actor, reason: 'non' }),
      () => bench.enrolments.reissueLink(id, actor),
      () => bench.enrolments.restart(id, actor),
      () => bench.enrolments.block(id, actor),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'not-found' })
    }
    const queue = await bench.enrolments.listQueue(other, { filter: 'all', page: 1 })
    expect(queue).toEqual({ items: [], total: 0 })
  })

  test('may be refused three times and handed in again; the fourth refusal blocks', async () => {
    const { bench, id } = await submitted()
    for (let n = 1; n <= 3; n += 1) {
      await bench.enrolments.rejectIdentity(id, { actor: bench.verifier, reason: 'illisible' })
      expect(await readdir(bench.imagesDir)).toEqual([])
      await bench.enrolments.submitIdentity(id, IDENTITY)
    }
    await bench.enrolments.rejectIdentity(id, { actor: bench.verifier, reason: 'illisible' })

    expect(await bench.get(id)).toMatchObject({ state: 'blocked', rejections: 4 })
    await expect(bench.enrolments.submitIdentity(id, IDENTITY)).rejects.toMatchObject({
      code: 'invalid-request',
    })
    await bench.enrolments.restart(id, bench.verifier)
    expect(await bench.get(id)).toMatchObject({ state: 'invited', proofs: [], rejections: 0 })
  })

  test('that has ended is refused at its field', async () => {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    await goTo(bench, enrolment, 'mobile')
    const ended = { ...IDENTITY, expiresOn: '2026-11-23' }

    await expect(bench.enrolments.submitIdentity(enrolment.id, ended)).rejects.toMatchObject({
      hints: { field: 'expiresOn' },
    })
    await bench.enrolments.submitIdentity(enrolment.id, { ...IDENTITY, expiresOn: '2026-11-24' })
  })
})

describeEachDatabase('who has a certificate', (open) => {
  test('needs no enrolment anywhere; who has none, or is silent for too long, does', async () => {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    const needs = () => needsEnrolment(bench.db, enrolment.personId, bench.now)

    expect(await needs()).toBe(false)
    await goTo(bench, enrolment, 'conditions')
    expect(await needs()).toBe(false)
    bench.now += 3 * 366 * DAY_MS
    expect(await needs()).toBe(true)
  })

  test('is not invited twice while he is on the way', async () => {
    const bench = await makeBench((await open()).db)
    const { enrolment } = await bench.invite('Zoé ARTAGNAN')
    const { personId, organisationId } = enrolment
    const again = { personId, organisationId, invitedBy: 'operator', at: bench.now }

    await expect(
      bench.db.transaction().execute((tx) => openEnrolment(tx, again)),
    ).rejects.toMatchObject({ code: 'invalid-request' })
  })
})

describe('each step', () => {
  test('names are unique', () => expect(new Set(WAY.map(([name]) => name)).size).toBe(WAY.length))
})

describeEachDatabase('a step out of its turn', (open) => {
  test.each(WAY.map(([name], index) => ({ name, index })).slice(1))(
    '$name changes nothing before its turn',
    async ({ name, index }) => {
      const bench = await makeBench((await open()).db)
      const { enrolment } = await bench.invite('Zoé ARTAGNAN')
      const before = WAY[index - 2]?.[0]
      if (before !== undefined) await goTo(bench, enrolment, before)
      const stood = await bench.get(enrolment.id)
      const go = WAY.find(([step]) => step === name)?.[1]

      if (name !== 'mobile') await expect(go?.(bench, enrolment)).rejects.toThrow()
      expect(name === 'mobile' ? stood : await bench.get(enrolment.id)).toEqual(stood)
    },
  )
})
