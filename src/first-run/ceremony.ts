import { X509Certificate } from 'node:crypto'
import type { KeyAlgorithm } from '../../hsm/algorithms.ts'
import type { Authority } from '../authority/service.ts'
import { AppError } from '../errors.ts'
import { findFirstOrganisation } from '../people/store.ts'
import { requireReached } from './model.ts'
import { findFirstRun } from './store.ts'
import { over, type StepDeps, takeStep } from './take-step.ts'

/** Kinds of key for the authorities, the best known first. */
export const CEREMONY_KEYS = [
  'rsa-4096',
  'p-384',
  'rsa-3072',
  'p-256',
] as const satisfies readonly KeyAlgorithm[]

interface CeremonyDeps extends StepDeps {
  readonly authority: Authority
  /** Told once certificates can be issued. */
  readonly onAuthority: () => Promise<void>
}

/**
 * The key ceremony: root and issuing keys are made in the HSM, read back and certified. When it was
 * cut short after the authority stood, only what is left of the step is done.
 *
 * @throws AppError `hsm-unavailable`; `invalid-request` out of order.
 */
export async function takeCeremony(deps: CeremonyDeps, algorithm: KeyAlgorithm): Promise<void> {
  const { db, authority } = deps
  const run = await findFirstRun(db)
  if (run === undefined || run.finishedAt !== null) throw over()
  requireReached(run, 'authority')
  if ((await authority.findCertificate('root')) === undefined) {
    const organisation = await findFirstOrganisation(db)
    if (organisation === undefined) throw new RangeError('a step after the first has no founder')
    await authority.create(organisation, algorithm)
  }
  await authority.publishWhatIsDue()
  const [root, issuing] = await Promise.all([
    describe(authority, 'root'),
    describe(authority, 'issuing'),
  ])
  await takeStep(deps, 'authority', async () => ({ detail: { root, issuing } }))
  await deps.onAuthority()
}

async function describe(authority: Authority, ca: 'root' | 'issuing') {
  const der = await authority.findCertificate(ca)
  if (der === undefined) throw new AppError('internal', `The ${ca} authority has no certificate.`)
  const { fingerprint256, serialNumber, subject, validTo, publicKey } = new X509Certificate(der)
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {}
  return {
    sha256: fingerprint256,
    serial: serialNumber,
    subject: subject.split('\n').join(', '),
    notAfter: Date.parse(validTo),
    key: modulusLength === undefined ? curveName(namedCurve) : `RSA ${modulusLength}`,
  }
}

/** The curves by the names that FIPS 186-5 gives them. */
function curveName(curve: string | undefined): string {
  return curve === 'prime256v1' ? 'ECDSA P-256' : 'ECDSA P-384'
}
