import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { KeyAlgorithm } from '../../hsm/algorithms.ts'
import { openAppliance } from '../../src/appliance.ts'
import { toPem } from '../../src/authority/tls.ts'
import { makeServerClient } from '../../src/cli/server-client.ts'
import { createClient } from '../../src/clients/service.ts'
import { readConfig } from '../../src/config.ts'
import { makeLog } from '../../src/log.ts'
import { foundOrganisation } from '../../src/people/service.ts'
import { createSeal, delegateSeal } from '../../src/sealing/administration.ts'
import { startServer } from '../../src/server.ts'
import { openDemoToken } from '../demo/token.ts'

/** A whole appliance that was founded to be judged. */
export interface JudgedAppliance {
  /** PEM of the root, and the lists of root and issuing authority in DER, as files. */
  readonly root: string
  readonly crls: readonly string[]
  /** Seal a document through the API. Options are those of `POST /seals/{seal}/apply`. */
  readonly seal: (
    pdf: Uint8Array,
    key: KeyAlgorithm,
    options: Readonly<Record<string, string>>,
  ) => Promise<Uint8Array>
  readonly stop: () => Promise<void>
}

const ORGANISATION = {
  kind: 'council',
  name: 'Conseil régional de l’Ordre des experts-comptables de Haute-Armorique',
  siren: '123456782',
} as const

/** Found and start one in an empty folder: a token, an authority, a seal for each kind of key. */
export async function startJudgedAppliance(
  dir: string,
  keyAlgorithms: readonly KeyAlgorithm[],
): Promise<JudgedAppliance> {
  const token = openDemoToken(join(dir, 'softhsm'))
  const config = readConfig({
    SCEAU_DATA_DIR: dir,
    SCEAU_LISTEN: '127.0.0.1:0',
    SCEAU_PUBLIC_URL: 'https://127.0.0.1:8443',
    SCEAU_PKCS11_MODULE: token.module,
    SCEAU_PKCS11_TOKENS: token.label,
    SCEAU_PKCS11_PIN_FILE: token.pinFile,
  })
  const log = makeLog('warn')
  const appliance = await openAppliance(config, log)
  const { db, authority, guard: keys, now } = appliance
  const root = join(dir, 'root.pem')
  const crls = ['root', 'issuing'].map((ca) => join(dir, `${ca}.crl`))
  let apiKey: string
  try {
    const organisation = await foundOrganisation({ db, now }, ORGANISATION)
    await authority.create(organisation, 'rsa-3072')
    const made = await createClient({ db, now }, 'Juge')
    apiKey = made.apiKey
    const logo = { type: 'png', bytes: readFileSync('scripts/demo/logo.png') } as const
    for (const keyAlgorithm of keyAlgorithms) {
      const seal = { id: keyAlgorithm, name: `Cachet ${keyAlgorithm}`, organisation, logo }
      await createSeal({ db, keys, authority, now }, { ...seal, keyAlgorithm })
      await delegateSeal(
        { db, now },
        {
          organisationId: organisation.id,
          sealId: keyAlgorithm,
          clientId: made.client.id,
          validTo: null,
        },
      )
    }
    writeFileSync(root, toPem(present(await authority.findCertificate('root'))))
    for (const ca of ['root', 'issuing']) {
      writeFileSync(join(dir, `${ca}.crl`), present(await authority.findCrl(ca)))
    }
  } finally {
    await appliance.close()
  }
  const server = await startServer(config, log)
  const url = `https://127.0.0.1:${server.port}`
  const client = makeServerClient({ url, 'api-key': apiKey, 'ca-file': root })
  return {
    root,
    crls,
    stop: () => server.stop(),
    async seal(pdf, key, options) {
      const path = `/seals/${key}/apply?${new URLSearchParams(options)}`
      const headers = { 'content-type': 'application/pdf', 'content-length': String(pdf.length) }
      const answer = await client.post(path, Readable.from([pdf]), headers)
      const body = await buffer(answer)
      if (answer.statusCode !== 200) throw new Error(body.toString())
      return body
    },
  }
}

function present(der: Uint8Array | undefined): Uint8Array {
  if (der === undefined) throw new Error('the authority has not published this')
  return der
}
