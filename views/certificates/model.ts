import type { Viewer } from '../components/viewer.ts'
import type { certificateWords } from '../locales/certificates.ts'
import type { Locale } from '../locales/locale.ts'

type Words = (typeof certificateWords)[Locale]
export type StateName = keyof Words['states']
export type ReasonName = keyof Words['reasons']

/** What every page of certificates is given. */
export interface Frame {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly csrf: string
}

/** A certificate in a list. Times are Unix ms. */
export interface CertificateLine {
  readonly id: string
  readonly profile: keyof Words['profiles']
  readonly holder: string
  readonly serial: string
  readonly state: StateName
  readonly notAfter: number
  readonly reason: ReasonName | undefined
  readonly dependants: readonly Dependant[]
}

interface Dependant {
  readonly kind: 'seal' | 'delegation'
  readonly name: string
}

/** One certificate, all of it. */
export interface ShownCertificate extends CertificateLine {
  readonly subject: string
  readonly issuer: string
  readonly notBefore: number
  readonly withdrawnAt: number | null
  readonly heldUntil: number | null
  readonly keyAlgorithm: string | null
  readonly keyId: string | null
  readonly usages: readonly (keyof Words['usages'])[]
  readonly fingerprint: string
  readonly ocspUrl: string | undefined
  readonly isExternal: boolean
  readonly supersededBy: string | null
  readonly chain: readonly { readonly subject: string; readonly fingerprint: string }[]
}

/** What was done just now, to be told at the head of the page. */
export interface Done {
  readonly act: 'suspend' | 'resume' | 'revoke' | 'renew'
  readonly isPending: boolean
}
