import { hash } from 'node:crypto'
import {
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
  encodeTlv,
  encodeUnsigned,
  NULL,
  readChildren,
  readTlv,
  sliceTlv,
  TAG,
} from '../cms/der.ts'
import { OID } from '../cms/oids.ts'
import { contentOf } from '../cms/parse.ts'

const TRUE = Uint8Array.of(0xff)

/**
 * A `TimeStampReq` (RFC 3161 §2.4.1) over the SHA-256 of a message; the TSA is asked for its
 * certificate.
 *
 * @param nonce - Random octets, a big-endian number.
 */
export function encodeTimestampRequest(message: Uint8Array, nonce: Uint8Array): Uint8Array {
  const digest = hash('sha256', message, 'buffer')
  const algorithm = encodeSequence(encodeOid(OID.sha256), NULL)
  return encodeSequence(
    encodeSmallInteger(1),
    encodeSequence(algorithm, encodeTlv(TAG.octetString, digest)),
    encodeUnsigned(nonce),
    encodeTlv(TAG.boolean, TRUE),
  )
}

/** A `TimeStampResp` (RFC 3161 §2.4.2) taken apart. */
export interface TimestampResponse {
  /** `PKIStatus`: 0 granted, 1 granted with modifications, else refused. */
  readonly status: number
  /** What the TSA says about it, as far as it says anything. */
  readonly text: string
  /** DER of the token, a `ContentInfo`; undefined when there is none. */
  readonly token: Uint8Array | undefined
}

/** @throws RangeError when it is no `TimeStampResp`. */
export function parseTimestampResponse(der: Uint8Array): TimestampResponse {
  const [info, token] = readChildren(der, readTlv(der, 0))
  if (info === undefined || info.tag !== TAG.sequence) throw new RangeError('it has no status')
  const [status, text] = readChildren(der, info)
  if (status === undefined || status.tag !== TAG.integer) throw new RangeError('it has no status')
  return {
    status: Number(`0x${Buffer.from(contentOf(der, status)).toString('hex') || '0'}`),
    text:
      text === undefined || text.tag !== TAG.sequence
        ? ''
        : readChildren(der, text)
            .map((line) => Buffer.from(contentOf(der, line)).toString('utf8'))
            .join(' '),
    token: token && sliceTlv(der, token),
  }
}

/**
 * The nonce in a `TSTInfo`: the one INTEGER after `genTime` (RFC 3161 §2.4.2).
 *
 * @returns Octets of the number without leading zeros; undefined when there is none.
 * @throws RangeError when it is no `TSTInfo`.
 */
export function readNonce(tstInfo: Uint8Array): Uint8Array | undefined {
  const afterTime = readChildren(tstInfo, readTlv(tstInfo, 0)).slice(5)
  const nonce = afterTime.find(({ tag }) => tag === TAG.integer)
  return nonce && withoutZeros(contentOf(tstInfo, nonce))
}

/** A big-endian number in its fewest octets. */
export function withoutZeros(bigEndian: Uint8Array): Uint8Array {
  const first = bigEndian.findIndex((octet) => octet !== 0)
  return first === -1 ? new Uint8Array() : bigEndian.subarray(first)
}
