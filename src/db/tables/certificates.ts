/** Tables of migration 0007. */
export type CertificatesSchema = Record<never, never>
