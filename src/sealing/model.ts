import type { SignatureAlgorithm } from '../../hsm/algorithms.ts'
import type { SealTools } from '../engine/seal-kit.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import type { Delegation, Refusal } from '../rights/can.ts'

/** A seal with all that applying it takes. */
export interface Seal {
  readonly id: string
  readonly name: string
  readonly organisation: string
  readonly state: 'draft' | 'active' | 'suspended' | 'retired'
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  readonly certificate: {
    readonly id: string
    readonly serial: string
    readonly subject: string
    readonly notBefore: number
    readonly notAfter: number
    readonly state: 'active' | 'suspended' | 'revoked' | 'superseded'
  }
  readonly tools: SealTools
  /** Every delegation that speaks of this seal. */
  readonly delegations: readonly Delegation[]
}

/** @throws AppError when the seal or its certificate may not be used at this moment (Unix ms). */
export function requireUsable({ id, state, certificate }: Seal, now: number): void {
  const refuse = (code: ErrorCode, message: string) => {
    throw new AppError(code, message, { hints: { sealId: id } })
  }
  if (state !== 'active') {
    refuse('seal-suspended', `The seal ${id} is ${state}: an administrator must activate it.`)
  }
  if (certificate.state !== 'active') {
    refuse('certificate-revoked', `The certificate of the seal ${id} is ${certificate.state}.`)
  }
  if (now < certificate.notBefore || now >= certificate.notAfter) {
    refuse('certificate-expired', `The certificate of the seal ${id} is outside its validity.`)
  }
}

const REFUSALS: Record<Refusal, readonly [ErrorCode, string]> = {
  'no-delegation': ['delegation-required', 'This client holds no delegation for this seal.'],
  'not-yet-valid': ['delegation-required', 'The delegation for this seal has not begun yet.'],
  ended: ['delegation-expired', 'The delegation for this seal has ended.'],
  suspended: ['delegation-required', 'The delegation for this seal is suspended.'],
  'not-own': ['not-authorised', 'This belongs to another client.'],
  'no-function': ['not-authorised', 'No function allows this.'],
  'about-oneself': ['not-authorised', 'Nobody may do this about himself.'],
  'second-person': ['not-authorised', 'This takes a second person.'],
  'wrong-kind': ['not-authorised', 'This is for others than who asks.'],
}

/** A refusal as a client is told it. */
export function refusalError(because: Refusal, hints: Record<string, string> = {}): AppError {
  const [code, message] = REFUSALS[because]
  return new AppError(code, message, { hints })
}
