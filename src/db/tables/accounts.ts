/** Tables of migration 0004: how persons sign in. */
export interface AccountsSchema {
  account: AccountTable
  session: SessionTable
  passkey: PasskeyTable
  totp: TotpTable
  recovery_code: RecoveryCodeTable
  login_challenge: LoginChallengeTable
  login_throttle: LoginThrottleTable
  known_device: KnownDeviceTable
  oidc_subject: OidcSubjectTable
}

interface AccountTable {
  person_id: string
  /** PHC string of argon2id; null while the person signs in by passkey or OIDC alone. */
  password_hash: string | null
  password_at: number | null
  created_at: number
}

/** A session that stands: one that has ended has no row. */
interface SessionTable {
  id: string
  /** Of the token in the cookie. */
  token_sha256: string
  person_id: string
  organisation_id: string | null
  csrf: string
  /** Separated by commas. */
  methods: string
  ip: string
  user_agent: string
  created_at: number
  last_seen_at: number
  step_up_at: number | null
}

interface PasskeyTable {
  /** Credential id, base64url. */
  id: string
  person_id: string
  name: string
  /** COSE key. */
  public_key: Uint8Array
  counter: number
  /** Separated by commas. */
  transports: string
  created_at: number
  last_used_at: number | null
}

interface TotpTable {
  person_id: string
  /** `pending` until its first code was typed. */
  state: 'pending' | 'active'
  /** Under the key of the vault. */
  sealed_secret: Uint8Array
  /** The 30-second step of the last code that was taken: neither it nor one before counts again. */
  last_step: number
  created_at: number
}

interface RecoveryCodeTable {
  person_id: string
  code_sha256: string
  used_at: number | null
}

/** What was asked of a browser and may be answered once. */
interface LoginChallengeTable {
  /** SHA-256 of what the browser was given. */
  id: string
  kind: 'passkey-sign-in' | 'passkey-factor' | 'passkey-registration' | 'second-factor' | 'oidc'
  /** SHA-256 of the cookie before sign-in, or the id of the session. */
  bound_to: string
  person_id: string | null
  detail_json: string
  tries: number
  expires_at: number
}

interface LoginThrottleTable {
  /** SHA-256 of what is counted: no address is kept. */
  id: string
  failures: number
  last_at: number
  blocked_until: number
}

interface KnownDeviceTable {
  person_id: string
  device_sha256: string
  last_at: number
}

interface OidcSubjectTable {
  issuer: string
  subject: string
  person_id: string
  /** What the provider asserts, where it does. */
  professional_id: string | null
  created_at: number
}
