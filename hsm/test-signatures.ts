import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import { DEFAULT_SIGNATURE_ALGORITHM, SIGNATURE_ALGORITHMS } from './algorithms.ts'
import { type GuardKey, parseSignatures } from './protocol.ts'
import type { SignRequest } from './token.ts'

/** So many have to be right before a token that signed wrongly is used again. */
export const TEST_SIGNATURES = 32
export const TEST_WITHIN_MS = 60_000

/**
 * Have a token sign what nobody asked for, and verify it.
 *
 * @param key - Its public half as it is known to be, and not as the token under test says.
 * @returns Whether every signature is right.
 * @throws GuardError if the token does not sign.
 */
export async function signsRight(
  sign: (request: SignRequest) => Promise<Uint8Array>,
  { key, count, deadlineAt }: { key: GuardKey; count: number; deadlineAt: number },
): Promise<boolean> {
  const algorithm = DEFAULT_SIGNATURE_ALGORITHM[key.algorithm]
  const { hash } = SIGNATURE_ALGORITHMS[algorithm]
  const messages = Array.from({ length: count }, () => randomBytes(32))
  const digests = messages.map((message) => createHash(hash).update(message).digest())
  const payload = await sign({
    keyId: key.keyId,
    algorithm,
    digests: Buffer.concat(digests),
    deadlineAt,
    priority: 'batch',
  })
  const publicKey = createPublicKey({
    key: Buffer.from(key.publicKey),
    format: 'der',
    type: 'spki',
  })
  const signatures = parseSignatures(payload, count)
  return messages.every((message, i) => {
    const signature = signatures[i]
    return signature !== undefined && verify(hash, message, publicKey, signature)
  })
}
