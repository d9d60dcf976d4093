import type { Viewer } from '../components/viewer.ts'
import type { Locale } from '../locales/locale.ts'

/** What every page of members is given besides its own. */
export interface MemberFrame {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly csrf: string
}

export type FunctionName =
  | 'president'
  | 'vice-president'
  | 'secretary-general'
  | 'treasurer'
  | 'elected'
  | 'permanent'
  | 'accountant'
  | 'staff'
  | 'external'
  | 'auditor'
  | 'security-officer'

export type MemberState = 'invited' | 'active' | 'suspended' | 'ended'

export const MEMBER_STATES: readonly MemberState[] = ['invited', 'active', 'suspended', 'ended']
