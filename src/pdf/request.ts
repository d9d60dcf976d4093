import type { DisplayRect } from './place.ts'

/** What a signature is to say and where it is to stand. */
export interface SignatureRequest {
  /** Unix ms; becomes `/M`. */
  readonly signedAt: number
  readonly reason?: string
  readonly location?: string
  readonly contactInfo?: string
  readonly signerName?: string
  /** Full name of an existing empty signature field; without it a new field is made. */
  readonly field?: string
  /** 1-based, -1 the last; for a new field. */
  readonly page?: number
  /** Makes a new field visible. */
  readonly rect?: DisplayRect
  /** Certify with this DocMDP level instead of approving. */
  readonly certify?: 1 | 2 | 3
}
