import { describe, expect, test } from 'vitest'
import { KeyHandles } from '../../hsm/key-handles.ts'
import type { FoundKey } from '../../hsm/keys.ts'

describe('handles of keys', () => {
  const found = (handle: number, spki: number): FoundKey => ({
    handle: Uint8Array.of(handle),
    key: {
      keyId: 'aa',
      label: 'seal',
      algorithm: 'p-256',
      publicKey: Uint8Array.of(spki),
      birth: {
        local: true,
        neverExtractable: true,
        alwaysSensitive: true,
        sensitive: true,
        extractable: false,
        token: true,
        private: true,
        usages: ['sign'],
      },
    },
  })

  test('are looked up once a generation, for all who ask', async () => {
    const keys = new KeyHandles()
    let asked = 0
    const find = async () => found(++asked, 1)
    await Promise.all([keys.get('aa', 1, find), keys.get('aa', 1, find)])
    expect((await keys.get('aa', 1, find)).handle).toEqual(Uint8Array.of(1))
    expect((await keys.get('aa', 2, find)).handle).toEqual(Uint8Array.of(2))
  })

  test('of another key with the same id are refused', async () => {
    const keys = new KeyHandles()
    await keys.get('aa', 1, async () => found(1, 1))
    const again = keys.get('aa', 2, async () => found(2, 99))
    await expect(again).rejects.toMatchObject({ code: 'key-unusable' })
  })

  test('that could not be found are looked for again', async () => {
    const keys = new KeyHandles()
    const missing = keys.get('aa', 1, async () => undefined)
    await expect(missing).rejects.toMatchObject({ code: 'key-not-found' })
    expect((await keys.get('aa', 1, async () => found(5, 1))).handle).toEqual(Uint8Array.of(5))
  })
})
