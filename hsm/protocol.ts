import { z } from 'zod'
import { KEY_ALGORITHMS, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './algorithms.ts'
import { GUARD_ERROR_CODES, GuardError } from './errors.ts'

/** Raised when an older peer would misunderstand. Both ends say it in their hello. */
export const PROTOCOL_VERSION = 3
export const DIGESTS_MAX = 10_000
/** A data key or two. More belongs under a data key. */
export const SECRET_BYTES_MAX = 64

const keyId = z
  .string()
  .regex(/^(?:[0-9a-f]{2}){1,64}$/, 'is not a CKA_ID in lower-case hex, 1 to 64 bytes')
const label = z.string().min(1).max(120)
const signatureAlgorithm = z.custom<SignatureAlgorithm>(
  (value) => typeof value === 'string' && Object.hasOwn(SIGNATURE_ALGORITHMS, value),
  'is not a signature algorithm',
)
/** Whether a person waits for it, or a batch that has time. */
const priority = z.enum(['interactive', 'batch'])
export type Priority = z.infer<typeof priority>

const requestId = z.int().min(1).max(0xffff_ffff)

/** How a private key says it came to be (PKCS#11 v2.40 §4.4 and §4.9), read from the token. */
const keyBirth = z.object({
  /** CKA_LOCAL: generated in this token, not brought in. */
  local: z.boolean(),
  /** CKA_NEVER_EXTRACTABLE: was at no time allowed to leave. */
  neverExtractable: z.boolean(),
  /** CKA_ALWAYS_SENSITIVE: was at no time readable. */
  alwaysSensitive: z.boolean(),
  sensitive: z.boolean(),
  extractable: z.boolean(),
  token: z.boolean(),
  private: z.boolean(),
  /** Every use the key admits, `sign` alone for a key that the appliance made. */
  usages: z.array(
    z.enum(['sign', 'sign-recover', 'encrypt', 'decrypt', 'wrap', 'unwrap', 'derive']),
  ),
})
export type KeyBirth = z.infer<typeof keyBirth>

const base64Bytes = z.base64().transform((text): Uint8Array => Buffer.from(text, 'base64'))

const wrappingKey = z.object({
  keyId,
  label: z.string(),
  birth: keyBirth,
})
/** A secret key of the token that wraps secrets and does nothing else. */
export type WrappingKey = z.infer<typeof wrappingKey>

const destroyedOn = z.object({
  token: z.object({ label: z.string(), serial: z.string() }),
  /** What was there and is no more, in this order. Empty: nothing was there. */
  objects: z.array(z.enum(['private-key', 'secret-key', 'public-key'])),
  /** Left out if nothing was there. */
  label: z.string().optional(),
})
/** What was destroyed on one token. */
export type DestroyedOn = z.infer<typeof destroyedOn>

const destroyReceipt = z.object({ keyId, tokens: z.array(destroyedOn).min(1) })
/** The guard's word that no token has this key any more, and what it did to that end. */
export type DestroyReceipt = z.infer<typeof destroyReceipt>

const guardKey = z.object({
  keyId,
  label: z.string(),
  algorithm: z.enum(KEY_ALGORITHMS),
  /** SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7). */
  publicKey: base64Bytes,
  birth: keyBirth,
})
/** A signing key in the token, as the server may know it. */
export type GuardKey = z.infer<typeof guardKey>

const TOKEN_STATES = ['opening', 'open', 'down', 'pin-refused', 'unusable', 'set-aside'] as const
/** How a token is named by the settings: `serial:…`, `slot:…` or its label. */
const selector = z.string().min(1).max(255)

/** A key that one of several tokens does not have: it has to be copied by the HSM's own means. */
const missingKey = z.object({ keyId, label: z.string(), token: selector })
export type MissingKey = z.infer<typeof missingKey>

const lastError = z.object({
  message: z.string(),
  returnValue: z.string().optional(),
  /** Unix ms. */
  at: z.number(),
})

const guardStatus = z.object({
  /**
   * `opening`: not there yet, requests wait a little. `open`: signs. `down`: out of reach, tried
   * again by itself. `pin-refused` and `unusable`: an operator is needed, `message` says for what.
   * `set-aside`: it signed wrongly, and is tested from time to time. Of several tokens the best.
   */
  state: z.enum(TOKEN_STATES),
  message: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
  pid: z.int(),
  startedAt: z.number(),
  /** Grows each time the token is opened or logged into; object handles are of one generation. */
  generation: z.int(),
  token: z
    .object({
      label: z.string(),
      serial: z.string(),
      model: z.string(),
      manufacturer: z.string(),
      slot: z.string(),
    })
    .optional(),
  module: z
    .object({
      path: z.string(),
      description: z.string(),
      manufacturer: z.string(),
      version: z.string(),
      cryptoki: z.string(),
    })
    .optional(),
  sessions: z.object({ open: z.int(), wanted: z.int(), busy: z.int(), waiting: z.int() }),
  counters: z.object({
    signatures: z.int(),
    failures: z.int(),
    retries: z.int(),
    logins: z.int(),
    openings: z.int(),
  }),
  lastError: lastError.optional(),
  /** Each configured token. */
  tokens: z.array(
    z.object({
      selector,
      state: z.enum(TOKEN_STATES),
      message: z.string().optional(),
      /** What one signature takes on one session, as measured last. */
      latencyMs: z.number().optional(),
      signatures: z.int(),
      failures: z.int(),
    }),
  ),
})
export type GuardStatus = z.infer<typeof guardStatus>
export type TokenState = GuardStatus['state']
export type TokenReport = GuardStatus['tokens'][number]

const guardErrorBody = z.object({
  code: z.enum(GUARD_ERROR_CODES),
  message: z.string(),
  retryAfterSeconds: z.number().optional(),
})

const asked = { id: requestId, deadlineMs: z.int().min(1).max(3_600_000) }

/** Every message a client may send. The first on a connection is `hello`. */
export const requestHeader = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), id: requestId, version: z.int() }),
  z.object({ type: z.literal('status'), ...asked }),
  z.object({ type: z.literal('listKeys'), ...asked }),
  z.object({ type: z.literal('findKey'), ...asked, keyId }),
  // The client chooses the id, so that asking again after a crash cannot make a second key.
  z.object({
    type: z.literal('generateKey'),
    ...asked,
    keyId,
    algorithm: z.enum(KEY_ALGORITHMS),
    label,
  }),
  // Payload: `count` digests, one behind the other, each as long as the algorithm says.
  z.object({
    type: z.literal('sign'),
    ...asked,
    keyId,
    algorithm: signatureAlgorithm,
    count: z.int().min(1).max(DIGESTS_MAX),
    priority: priority.default('interactive'),
  }),
  z.object({ type: z.literal('destroyKey'), ...asked, keyId }),
  z.object({ type: z.literal('generateWrappingKey'), ...asked, keyId, label }),
  // Payload: the secret, 1 to SECRET_BYTES_MAX bytes.
  z.object({ type: z.literal('wrapSecret'), ...asked, keyId }),
  // Payload: what wrapSecret gave.
  z.object({ type: z.literal('unwrapSecret'), ...asked, keyId }),
  // A signature was wrong. Without `token` it is not known which one made it.
  z.object({ type: z.literal('reportFault'), ...asked, keyId, token: selector.optional() }),
])
export type RequestHeader = z.infer<typeof requestHeader>
export type RequestType = RequestHeader['type']

const WITH_PAYLOAD: ReadonlySet<RequestType> = new Set(['sign', 'wrapSecret', 'unwrapSecret'])

/** Whether something may lie behind the header of such a request. */
export function hasPayload(type: RequestType): boolean {
  return WITH_PAYLOAD.has(type)
}

/** Whether a frame of this kind, request or reply, holds what must not stay in memory. */
export function isSecret(type: RequestType): boolean {
  return type === 'wrapSecret' || type === 'unwrapSecret'
}

/** What each request is answered with. `sign`, `wrapSecret`, `unwrapSecret`: the payload is it. */
const RESULTS = {
  hello: z.object({ version: z.int(), pid: z.int() }),
  status: guardStatus,
  listKeys: z.object({ keys: z.array(guardKey), missing: z.array(missingKey) }),
  findKey: z.object({ key: guardKey.optional() }),
  // `missingOn`: tokens that have to be given a copy of the key by the HSM's own means.
  generateKey: z.object({ key: guardKey, missingOn: z.array(selector) }),
  // `makers`: which token made how many of the signatures, in their order, if there are several.
  sign: z.object({
    count: z.int().min(1).max(DIGESTS_MAX),
    makers: z.array(z.tuple([selector, z.int().min(1)])).optional(),
  }),
  destroyKey: destroyReceipt,
  generateWrappingKey: z.object({ key: wrappingKey, missingOn: z.array(selector) }),
  wrapSecret: z.object({}),
  unwrapSecret: z.object({}),
  reportFault: z.object({}),
} as const
export type ResultOf<T extends RequestType> = z.infer<(typeof RESULTS)[T]>
/** As a result is before it is JSON: bytes in base64. */
export type WireResultOf<T extends RequestType> = z.input<(typeof RESULTS)[T]>

/** A reply: `id` 0 answers what could not be read far enough to have an id. */
export const replyHeader = z.discriminatedUnion('ok', [
  z.object({ id: z.int().min(0).max(0xffff_ffff), ok: z.literal(true), result: z.unknown() }),
  z.object({ id: z.int().min(0).max(0xffff_ffff), ok: z.literal(false), error: guardErrorBody }),
])
export type ReplyHeader = z.infer<typeof replyHeader>

/** @throws GuardError `internal` if the guard answered something else than was asked. */
export function parseResult<T extends RequestType>(type: T, result: unknown): ResultOf<T> {
  const parsed = RESULTS[type].safeParse(result)
  if (!parsed.success) {
    throw new GuardError('internal', `The guard's answer to ${type} cannot be read`, {
      cause: parsed.error,
    })
  }
  // The schema was looked up by the same type; the compiler does not follow an indexed union.
  return parsed.data as ResultOf<T>
}

/** @throws SyntaxError if the header is not JSON in UTF-8. */
export function parseHeader(header: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header))
}

const LENGTH_BYTES = 2

/**
 * Signatures, each behind its length (u16, big-endian): the DER of ECDSA varies. Two such runs, one
 * behind the other, are one run.
 */
export function encodeSignatures(signatures: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let bytes = 0
  for (const signature of signatures) bytes += LENGTH_BYTES + signature.length
  // A buffer of its own, and not a part of Node's pool: it can be handed from thread to thread.
  const out = new Uint8Array(bytes)
  let at = 0
  for (const signature of signatures) {
    out[at] = signature.length >> 8
    out[at + 1] = signature.length & 0xff
    out.set(signature, at + LENGTH_BYTES)
    at += LENGTH_BYTES + signature.length
  }
  return out
}

/**
 * @param count - How many were asked for.
 * @throws GuardError `internal` if there are not as many, or bytes are left over.
 */
export function parseSignatures(payload: Uint8Array, count: number): Uint8Array[] {
  const signatures: Uint8Array[] = []
  let at = 0
  while (at + LENGTH_BYTES <= payload.length) {
    const end = at + LENGTH_BYTES + (((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0))
    if (end > payload.length) break
    // A copy: the frame's buffer is large, and a signature may be kept for long.
    signatures.push(payload.slice(at + LENGTH_BYTES, end))
    at = end
  }
  if (at !== payload.length || signatures.length !== count) {
    throw new GuardError('internal', `The guard's signatures cannot be read: ${count} were asked`)
  }
  return signatures
}
