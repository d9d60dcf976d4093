import type { HashAlgorithm } from '../../hsm/algorithms.ts'
import type { ApiClient } from '../clients/model.ts'
import type { DigestJob } from '../engine/digest-job.ts'
import type { Delegation } from '../rights/can.ts'
import type { Seal } from './model.ts'

export interface DigestsRequest {
  readonly client: ApiClient
  readonly sealId: string
  readonly digestAlgorithm: HashAlgorithm
  /** Hex. */
  readonly digests: readonly string[]
  readonly format: DigestJob['format']
  readonly requestId: string
  readonly idempotencyKey?: string
}

export interface DigestRight {
  readonly seal: Seal
  readonly delegation: Delegation
}
