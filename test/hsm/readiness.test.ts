import { describe, expect, test } from 'vitest'
import { Readiness } from '../../hsm/readiness.ts'

describe('a request', () => {
  const inAWhile = () => Date.now() + 60_000

  test('goes on as soon as the token is open', async () => {
    const readiness = new Readiness()
    const waiting = readiness.whenOpen(inAWhile())
    readiness.set('open')
    await expect(waiting).resolves.toBeUndefined()
    await expect(readiness.whenOpen(inAWhile())).resolves.toBeUndefined()
  })

  test('is refused at its deadline, with the reason and a time to come back', async () => {
    const readiness = new Readiness()
    readiness.set('opening', 'CKR_DEVICE_REMOVED', Date.now() + 7_000)
    await expect(readiness.whenOpen(Date.now() + 10)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'CKR_DEVICE_REMOVED',
      retryAfterSeconds: 7,
    })
  })

  test.each([
    ['pin-refused', 'pin-refused'],
    ['unusable', 'unavailable'],
  ] as const)(
    'that waits, or comes later, is refused when the token is %s',
    async (state, code) => {
      const readiness = new Readiness()
      const waiting = readiness.whenOpen(inAWhile())
      const refused = expect(waiting).rejects.toMatchObject({ code, message: 'why' })
      readiness.set(state, 'why')
      await refused
      await expect(readiness.whenOpen(inAWhile())).rejects.toMatchObject({ code })
    },
  )

  test('waits no longer because the token is down again and again', async () => {
    const readiness = new Readiness()
    const waiting = readiness.whenOpen(Date.now() + 100)
    const refused = expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
    const nagging = setInterval(() => readiness.set('down', 'gone'), 10)
    await refused
    clearInterval(nagging)
  })
})
