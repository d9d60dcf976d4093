import type { KeyObject } from 'node:crypto'
import type { SignatureAlgorithm } from '../../hsm/algorithms.ts'
import type { CmsEncoder } from '../cms/encoder.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import type { DisplayRect } from '../pdf/place.ts'
import type { Delegation, Refusal } from '../rights/can.ts'

/** What a client may ask of one sealing (docs/API.md, `POST /seals/{seal}/apply`). */
export interface SealOptions {
  readonly level: 'B-B'
  readonly reason?: string
  readonly location?: string
  readonly contactInfo?: string
  readonly field?: string
  readonly page?: number
  readonly rect?: DisplayRect
  readonly certify?: 1 | 2 | 3
}

/** What a client should know of a document that could be sealed all the same. */
export const WARNINGS = [
  /** Its cross-reference was broken and was rebuilt by scanning. */
  'repaired',
  /** It is a dynamic XFA form: some viewers draw something else than what is sealed. */
  'dynamic-form',
] as const
export type Warning = (typeof WARNINGS)[number]

export function warningsOf(plan: { repaired: boolean; isDynamicForm: boolean }): Warning[] {
  return [
    ...(plan.repaired ? (['repaired'] as const) : []),
    ...(plan.isDynamicForm ? (['dynamic-form'] as const) : []),
  ]
}

export interface Logo {
  readonly type: 'png' | 'jpeg'
  readonly bytes: Uint8Array
}

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
  readonly publicKey: KeyObject
  readonly encoder: CmsEncoder
  readonly logo: Logo | undefined
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
}

/** A refusal as a client is told it. */
export function refusalError(because: Refusal, hints: Record<string, string> = {}): AppError {
  const [code, message] = REFUSALS[because]
  return new AppError(code, message, { hints })
}

const PARIS = new Intl.DateTimeFormat('fr-FR', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'Europe/Paris',
})

/** The lines of a visible seal, in French as the documents are. */
export function sealLines(
  seal: Pick<Seal, 'organisation'>,
  options: SealOptions,
  sealedAt: number,
): string[] {
  return [
    `Scellé par ${seal.organisation}`,
    ...(options.reason === undefined ? [] : [`Motif\u202f: ${options.reason}`]),
    ...(options.location === undefined ? [] : [`Lieu\u202f: ${options.location}`]),
    `Le ${PARIS.format(sealedAt).replace(/^1 /, '1er ')} (heure de Paris)`,
  ]
}
