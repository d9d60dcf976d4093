/** Tables of migration 0008: what the values encrypted in other tables and files are opened with. */
export interface VaultSchema {
  vault_wrapping_key: VaultWrappingKeyTable
  vault_data_key: VaultDataKeyTable
}

/** A key of the HSM. The newest generation that is active wraps. */
interface VaultWrappingKeyTable {
  /** From 1, one more each; as the primary key it lets only one of two nodes begin. */
  generation: number
  /** Hex CKA_ID. */
  key_id: string
  state: 'making' | 'active' | 'retired'
  /** Which node makes it. */
  claim: string
  claimed_until: number
  created_at: number
}

interface VaultDataKeyTable {
  id: string
  wrapping_generation: number
  /** 256 bits, as the wrapping key wrapped them. */
  wrapped: Uint8Array
  /** The newest active one seals; all of them open. */
  state: 'active' | 'retired'
  created_at: number
}
