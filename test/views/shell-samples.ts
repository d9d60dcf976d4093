import type { Waiting } from '../../src/http/web/home.tsx'
import type { SealSheet } from '../../src/sealing/overview.ts'
import type { GuardSheet } from '../../views/health/guard-state.tsx'

const DAY_MS = 86_400_000
const AT = Date.UTC(2026, 10, 20, 8)

export const CONSEIL = 'o1'

/** Two things, the newer one first. */
export const WAITING: readonly Waiting[] = [
  {
    kind: 'enrolment',
    title: {
      fr: 'Une pièce d’identité attend votre vérification',
      en: 'An identity document waits for you',
    },
    detail: { fr: 'Yann Kerbrat, permanent', en: 'Yann Kerbrat, permanent staff' },
    href: '/enrolments/e1',
    since: AT,
  },
  {
    kind: 'certificate',
    title: { fr: 'Votre certificat finit dans 15 jours', en: 'Your certificate ends in 15 days' },
    detail: { fr: 'Deux délégations en dépendent', en: 'Two delegations depend on it' },
    href: '/my-certificate',
    since: AT - DAY_MS,
  },
]

/** A seal whose certificate ended yesterday. */
export const SEAL: SealSheet = {
  id: 'conseil',
  name: 'Cachet du conseil',
  state: 'active',
  createdAt: AT,
  signatureAlgorithm: 'rsa-pkcs1-sha256',
  certificateId: 'c1',
  certificateState: 'active',
  serial: '3f0a77b1c29d4e5f60718293a4b5c6d7',
  subject: 'CN=Cachet du conseil, O=CROEC de Bretagne, C=FR',
  issuer: 'CN=Sceau, autorité émettrice, O=CROEC de Bretagne, C=FR',
  notBefore: AT - 300 * DAY_MS,
  notAfter: AT + DAY_MS,
  key: {
    id: '9c1f22aa34b05d67e8f9a0b1c2d3e4f5',
    label: 'sceau-seal-conseil',
    state: 'active',
    createdAt: AT,
    isBornInside: true,
  },
  appliers: [
    {
      name: 'Extranet',
      kind: 'program',
      delegation: 'D-2026-001',
      state: 'active',
      validFrom: AT,
      validTo: null,
    },
    {
      name: 'Yann Kerbrat',
      kind: 'person',
      delegation: 'D-2026-002',
      state: 'suspended',
      validFrom: AT,
      validTo: AT + 365 * DAY_MS,
    },
  ],
}

/** One token in service, one out of reach. */
export const GUARD: GuardSheet = {
  startedAt: AT,
  token: { model: 'SoftHSM v2', manufacturer: 'SoftHSM project', serial: '5a83277bd9c76cae' },
  module: { description: 'Implementation of PKCS11', version: '2.6' },
  sessions: { open: 4, wanted: 4, busy: 1, waiting: 0 },
  counters: { retries: 2, logins: 1 },
  lastError: { message: 'C_Sign: CKR_DEVICE_REMOVED', at: AT },
  tokens: [
    { selector: 'sceau', state: 'open', latencyMs: 2.14, signatures: 12_403, failures: 2 },
    {
      ...{ selector: 'serial:5a83277b', state: 'down', message: 'no such token' },
      ...{ signatures: 0, failures: 7 },
    },
  ],
}
