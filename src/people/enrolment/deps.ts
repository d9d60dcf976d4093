import type { KeyAlgorithm } from '../../../hsm/algorithms.ts'
import type { Db, Tx } from '../../db/database.ts'
import type { MakeId } from '../../ids.ts'
import type { ImageStore } from './image-store.ts'
import type { HolderName } from './subject.ts'

/** A key as the HSM made it. */
export interface HolderKey {
  /** Hex CKA_ID. */
  readonly keyId: string
  readonly label: string
  readonly algorithm: KeyAlgorithm
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  /** The token's own word on how it came to be. */
  readonly birth: object
}

/** The guard, as far as enrolment uses it. */
interface HolderKeys {
  /** Asking again with the same id gives the key that is there. */
  generateKey(wanted: {
    readonly algorithm: KeyAlgorithm
    readonly label: string
    readonly keyId: string
  }): Promise<HolderKey>
  listKeys(): Promise<readonly { readonly keyId: string; readonly label: string }[]>
  destroyKey(keyId: string): Promise<unknown>
}

/** The certification authority, as far as enrolment uses it. */
interface HolderCertificates {
  /** Register the key and issue the certificate of a person on it, together with what is given. */
  issue(wanted: {
    readonly personId: string
    readonly key: HolderKey
    readonly subject: HolderName
    readonly together: (tx: Tx, issued: { readonly id: string }) => Promise<void>
  }): Promise<unknown>
  /** Harmless when it is revoked already. */
  revoke(id: string, actor: string): Promise<void>
  describe(id: string): Promise<HeldCertificate | undefined>
}

/** What the holder reads before he accepts. */
export interface HeldCertificate {
  readonly subject: string
  readonly serial: string
  /** Unix ms. */
  readonly notBefore: number
  readonly notAfter: number
}

/** The accounts, as far as enrolment uses them. */
export interface HolderAccounts {
  hasPassword(personId: string): Promise<boolean>
  /** Whether a passkey or an authenticator app is registered. */
  hasFactor(personId: string): Promise<boolean>
}

export interface EnrolmentDeps {
  readonly db: Db
  readonly now: () => number
  readonly makeId: MakeId
  /** Key of the HMAC of codes: it does not lie in the database. */
  readonly codeSecret: Uint8Array
  readonly keys: HolderKeys
  readonly certificates: HolderCertificates
  readonly accounts: HolderAccounts
  readonly images: ImageStore
  readonly vault: {
    seal(bytes: Uint8Array): Promise<Uint8Array>
    open(sealed: Uint8Array): Promise<Uint8Array>
  }
  readonly cleanIdentityFile: (bytes: Uint8Array) => Promise<CleanImage> | CleanImage
  /** The identifier that a trusted identity provider asserts, where one is bound. */
  readonly findBoundProfessionalId?: (personId: string) => Promise<string | undefined>
  /** The kind of key for persons of this organisation; P-256 unless it chose. */
  readonly keyAlgorithmOf?: (organisationId: string) => Promise<KeyAlgorithm>
}

export interface CleanImage {
  readonly type: 'jpeg' | 'png' | 'pdf'
  readonly bytes: Uint8Array
}
