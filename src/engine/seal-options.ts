import type { DisplayRect } from '../pdf/place.ts'

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
