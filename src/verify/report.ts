import { z } from 'zod'

const hex = z.string().describe('lower-case hexadecimal')
const time = z.iso.datetime()

const INDICATIONS = ['TOTAL_PASSED', 'INDETERMINATE', 'TOTAL_FAILED'] as const

/** ETSI EN 319 102-1 §5.1.3, Tables 5 and 6: those that this code can find. */
const SUB_INDICATIONS = [
  'FORMAT_FAILURE',
  'HASH_FAILURE',
  'SIG_CRYPTO_FAILURE',
  'NOT_YET_VALID',
  'SIG_CONSTRAINTS_FAILURE',
  'CHAIN_CONSTRAINTS_FAILURE',
  'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
  'NO_SIGNING_CERTIFICATE_FOUND',
  'NO_CERTIFICATE_CHAIN_FOUND',
  'REVOKED_NO_POE',
  'REVOKED_CA_NO_POE',
  'OUT_OF_BOUNDS_NO_POE',
  'TRY_LATER',
] as const

/** What later revisions can change, from the least to the most. */
const CHANGE_KINDS = [
  'dss',
  'signatures',
  'metadata',
  'form-filling',
  'annotations',
  'other',
] as const

const LEVELS = ['B-B', 'B-T', 'B-LT', 'B-LTA'] as const

const Signer = z.object({
  subject: z.string(),
  issuer: z.string(),
  serial: hex,
  sha256: hex,
  notBefore: time,
  notAfter: time,
  organisationIdentifier: z
    .string()
    .nullable()
    .describe('`NTRFR-<siren>` and the like (ETSI EN 319 412-1 §5.1.4)'),
})

const ChainElement = z.object({
  subject: z.string(),
  issuer: z.string(),
  serial: hex,
  sha256: hex,
  revocation: z.enum(['good', 'revoked', 'unknown', 'anchor']),
})

const Change = z.object({
  kind: z.enum(CHANGE_KINDS),
  allowed: z.boolean().describe('By DocMDP, FieldMDP and field locks (ISO 32000-2 §12.8.2)'),
  description: z.string(),
})

const SignatureReport = z.object({
  fieldName: z.string(),
  kind: z.enum(['approval', 'certification', 'timestamp']),
  docMdp: z
    .union([z.literal(1), z.literal(2), z.literal(3)])
    .nullable()
    .describe('What a certification lets later revisions do (ISO 32000-2 §12.8.2.2)'),
  indication: z.enum(INDICATIONS),
  subIndication: z.enum(SUB_INDICATIONS).nullable(),
  reasons: z.array(z.string()).describe('Why it is not TOTAL_PASSED, the gravest first'),
  level: z.enum(LEVELS).nullable().describe('PAdES level (ETSI EN 319 142-1 §6), null for none'),
  levelReasons: z.array(z.string()).describe('Why the level is not a higher one'),
  signer: Signer.nullable(),
  signingTime: z
    .object({
      at: time,
      source: z
        .enum(['claimed', 'timestamp'])
        .describe('`timestamp` only when the token was verified up to an anchor'),
    })
    .nullable(),
  timestamp: z
    .object({ at: time, trusted: z.boolean(), reasons: z.array(z.string()) })
    .nullable()
    .describe('The signature-time-stamp (RFC 3161), or what a document timestamp says itself'),
  digestAlgorithm: z.string().nullable(),
  coverage: z
    .enum(['whole-document', 'whole-revision', 'partial'])
    .describe('`whole-revision` when octets follow that it does not cover'),
  byteRange: z.array(z.number().int()).nullable(),
  changesAfter: z.array(Change).describe('What later revisions changed; empty for nothing'),
  chain: z.array(ChainElement).describe('From the signer to the anchor, as far as it was found'),
  anchor: z.object({ subject: z.string(), sha256: hex }).nullable(),
})

/** The verdict on every signature of a document (ETSI EN 319 102-1, judged at the present time). */
export const VerificationReport = z.object({
  sha256: hex,
  bytes: z.number().int(),
  verifiedAt: time,
  revisions: z
    .number()
    .int()
    .nullable()
    .describe('null when the cross-reference had to be rebuilt'),
  repaired: z.boolean(),
  encrypted: z.boolean(),
  signatures: z.array(SignatureReport),
})

export type VerificationReport = z.infer<typeof VerificationReport>
export type SignatureReport = z.infer<typeof SignatureReport>
export type Indication = (typeof INDICATIONS)[number]
export type SubIndication = (typeof SUB_INDICATIONS)[number]
export type ChangeKind = (typeof CHANGE_KINDS)[number]
export type Level = (typeof LEVELS)[number]
