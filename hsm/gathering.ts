import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm, type SignDigest } from './algorithms.ts'

type SignDigests = (request: {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  readonly digests: readonly Uint8Array[]
}) => Promise<Uint8Array[]>

interface Gathered {
  readonly digests: Uint8Array[]
  readonly calls: {
    readonly resolve: (signature: Uint8Array) => void
    readonly reject: (error: unknown) => void
  }[]
}

/**
 * Single digests, as requests bring them, sent together: all that come within one turn of the
 * event loop for the same key and algorithm are one message. None waits longer than that turn.
 */
export function makeGatheringSigner(signDigests: SignDigests): SignDigest {
  const groups = new Map<string, Gathered>()

  return async ({ keyId, algorithm, digest }) => {
    const { digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
    // Here, so that a wrong one fails alone and not all that travel with it.
    if (digest.length !== digestBytes) {
      throw new RangeError(`${algorithm} takes ${digestBytes} digest bytes, got ${digest.length}`)
    }
    return new Promise((resolve, reject) => {
      const name = `${keyId} ${algorithm}`
      let group = groups.get(name)
      if (group === undefined) {
        group = { digests: [], calls: [] }
        groups.set(name, group)
        const sent = group
        setImmediate(() => {
          groups.delete(name)
          void send(sent, { keyId, algorithm })
        })
      }
      group.digests.push(digest)
      group.calls.push({ resolve, reject })
    })
  }

  async function send(
    { digests, calls }: Gathered,
    key: { keyId: string; algorithm: SignatureAlgorithm },
  ): Promise<void> {
    try {
      const signatures = await signDigests({ ...key, digests })
      for (const [i, { resolve, reject }] of calls.entries()) {
        const signature = signatures[i]
        if (signature === undefined) reject(new RangeError('Fewer signatures than digests'))
        else resolve(signature)
      }
    } catch (error) {
      for (const { reject } of calls) reject(error)
    }
  }
}
