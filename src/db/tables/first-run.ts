/** Tables of migration 0009. */
export interface FirstRunSchema {
  first_run: FirstRunTable
  first_run_step: FirstRunStepTable
}

/** One row, made by the first start on an empty data folder. */
interface FirstRunTable {
  /** Always 1. */
  id: number
  /** SHA-256 of the token in the link that the newest start printed; empty once all is done. */
  token_sha256: string
  /** SHA-256 of the cookie that the link gives. */
  session_sha256: string
  locale: 'fr' | 'en'
  organisation_id: string | null
  /** The first administrator. */
  person_id: string | null
  began_at: number
  finished_at: number | null
}

interface FirstRunStepTable {
  step: string
  detail_json: string
  /** Of the last step: the sealed document, until the end. */
  document: Uint8Array | null
  done_at: number
}
