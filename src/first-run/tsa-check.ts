import { hash, randomBytes } from 'node:crypto'
import { parseSignedData } from '../cms/parse.ts'
import { readableName } from '../verify/readable-name.ts'
import { judgeTimestamp, type TimestampVerdict } from '../verify/timestamp.ts'
import {
  encodeTimestampRequest,
  parseTimestampResponse,
  readNonce,
  withoutZeros,
} from './tsa-message.ts'

/** Why a timestamp authority is not ready. */
type TsaProblem =
  | 'no-answer'
  | 'http-status'
  | 'not-a-response'
  | 'refused'
  | 'other-imprint'
  | 'other-nonce'
  | 'bad-signature'
  | 'wrong-certificate'

/** What came of asking one timestamp authority. */
export type TsaReport =
  | {
      readonly url: string
      readonly ok: true
      /** The time it says, Unix ms. */
      readonly at: number
      /** How far its clock is from ours, ms; positive when it is ahead. */
      readonly aheadMs: number
      readonly subject: string
    }
  | {
      readonly url: string
      readonly ok: false
      readonly problem: TsaProblem
      /** What was said, for whoever mends it. */
      readonly detail: string
    }

interface TsaCheck {
  readonly now: () => number
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000
const RESPONSE_BYTES_MAX = 256 * 1024
const NONCE_BYTES = 16

/**
 * Really ask a timestamp authority for a timestamp (RFC 3161 §3.4, over HTTP), and check what it
 * answers: status, imprint, nonce, and the signature by the certificate it came with. Whether that
 * certificate is trusted is for the verification of signatures to say.
 */
export async function checkTsa(
  url: string,
  { now, timeoutMs = TIMEOUT_MS }: TsaCheck,
): Promise<TsaReport> {
  const message = randomBytes(32)
  const nonce = randomBytes(NONCE_BYTES)
  try {
    const answer = await ask(url, encodeTimestampRequest(message, nonce), timeoutMs)
    return { url, ...(await judge(answer, { message, nonce, at: now() })) }
  } catch (error) {
    const isStatus = error instanceof HttpStatus
    return { url, ...refuse(isStatus ? 'http-status' : 'no-answer', reasonOf(error)) }
  }
}

interface Asked {
  readonly message: Uint8Array
  readonly nonce: Uint8Array
  readonly at: number
}

type Judgement = TsaReport extends infer Report
  ? Report extends unknown
    ? Omit<Report, 'url'>
    : never
  : never

async function judge(answer: Uint8Array, asked: Asked): Promise<Judgement> {
  try {
    const { status, text, token } = parseTimestampResponse(answer)
    if (status > 1 || token === undefined) return refuse('refused', `PKIStatus ${status} ${text}`)
    const parsed = parseSignedData(token)
    const imprint = async (name: string) => hash(name, asked.message, 'buffer')
    const nobody = { anchors: [], certificates: [], crls: [], at: asked.at }
    const verdict = await judgeTimestamp(parsed, imprint, nobody)
    const fault = faultOf(verdict)
    if (fault !== undefined) return fault
    const said = parsed.content && readNonce(parsed.content)
    if (said === undefined || Buffer.compare(said, withoutZeros(asked.nonce)) !== 0) {
      return refuse('other-nonce', 'nonce')
    }
    const { at, cms } = verdict
    if (at === undefined || cms.signer === undefined) return refuse('not-a-response', 'TSTInfo')
    return {
      ok: true,
      at,
      aheadMs: at - asked.at,
      subject: readableName(cms.signer.subject),
    }
  } catch (error) {
    return refuse('not-a-response', reasonOf(error))
  }
}

/** Nobody is trusted here, so that nothing leads to an anchor is no fault. */
function faultOf({ cms, findings }: TimestampVerdict): Judgement | undefined {
  const [wrong] = cms.findings
  if (wrong !== undefined) return refuse('bad-signature', wrong.reason)
  const other = findings.find(({ subIndication }) => subIndication === 'HASH_FAILURE')
  if (other !== undefined) return refuse('other-imprint', other.reason)
  const use = findings.find(({ subIndication }) => subIndication === 'CHAIN_CONSTRAINTS_FAILURE')
  return use && refuse('wrong-certificate', use.reason)
}

function refuse(problem: TsaProblem, detail: string) {
  return { ok: false, problem, detail } as const
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
}

class HttpStatus extends Error {
  override readonly name = 'HttpStatus'
}

async function ask(url: string, request: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query' },
    body: Uint8Array.from(request),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new HttpStatus(`HTTP ${response.status}`)
  }
  return readBounded(response)
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > RESPONSE_BYTES_MAX) throw new RangeError('its answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts)
}
