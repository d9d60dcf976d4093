import type { Appliance } from './appliance.ts'
import type { Config } from './config.ts'
import { makeVerify } from './verify/service.ts'
import { readTrustFolder } from './verify/trust-folder.ts'

/** Verification that trusts the appliance's own authority and what the trust folder holds. */
export function composeVerify(
  { trustDir }: Pick<Config, 'trustDir'>,
  { authority, now }: Pick<Appliance, 'authority' | 'now'>,
) {
  const trust = readTrustFolder(trustDir)
  return makeVerify({
    anchors: async () => [
      ...present(await authority.findCertificate('root')),
      ...(await trust()).anchors,
    ],
    certificates: async () => present(await authority.findCertificate('issuing')),
    crls: async () => [
      ...present(await authority.findCrl('root')),
      ...present(await authority.findCrl('issuing')),
      ...(await trust()).crls,
    ],
    now,
  })
}

function present(der: Uint8Array | undefined): Uint8Array[] {
  return der === undefined ? [] : [der]
}
