import { readFileSync, writeFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import type { Appliance } from '../../appliance.ts'
import { makeExternal } from '../../authority/external.ts'
import { makeRenewal } from '../../authority/renewal.ts'
import { readConfig } from '../../config.ts'
import { readCertificateBag } from '../../pki/certificate-bag.ts'
import { findSeal } from '../../sealing/store.ts'
import { readTrustFolder } from '../../verify/trust-folder.ts'
import { withAppliance } from '../appliance.ts'
import { EXIT, ExitError } from '../exit.ts'

const sealId = { type: 'positional', required: true, description: 'Id of the seal' } as const

export const csrCommand = defineCommand({
  meta: {
    name: 'csr',
    description: 'Make a new key in the HSM and a PKCS #10 request for another authority',
  },
  args: {
    id: sealId,
    out: { type: 'string', description: 'File for the request (PEM); standard output without' },
  },
  async run({ args }) {
    await withAppliance(async (appliance) => {
      const der = await externalOf(appliance).request({ sealId: args.id }, 'operator')
      const pem = toPem(der)
      if (args.out === undefined) process.stdout.write(pem)
      else writeFileSync(args.out, pem)
    })
  },
})

export const importCommand = defineCommand({
  meta: {
    name: 'import-certificate',
    description: 'Use the certificate that another authority issued for `seals csr`',
  },
  args: {
    id: sealId,
    file: {
      type: 'positional',
      required: true,
      description: 'Certificate and chain: PEM, DER or PKCS #7',
    },
    anchor: {
      type: 'string',
      description: 'Root that ends its chain, beside those of SCEAU_TRUST_DIR',
    },
  },
  async run({ args }) {
    const { trustDir } = readConfig(process.env)
    const given = args.anchor === undefined ? [] : readCertificateBag(readFileSync(args.anchor))
    const { anchors } = await readTrustFolder(trustDir)()
    await withAppliance(async (appliance) => {
      const answer = { file: readFileSync(args.file), anchors: [...anchors, ...given] }
      await externalOf(appliance).importAnswer({ sealId: args.id }, answer, 'operator')
    })
  },
})

export const renewCommand = defineCommand({
  meta: { name: 'renew', description: 'A new key and a new certificate for a seal' },
  args: { id: sealId },
  async run({ args }) {
    await withAppliance(async ({ db, guard, authority, now }) => {
      const seal = await findSeal(db, args.id)
      if (seal === undefined) throw new ExitError(EXIT.usage, `There is no seal ${args.id}.`)
      const findIdentityProof = async () => undefined
      const { renew } = makeRenewal({ db, authority, keys: guard, now, findIdentityProof })
      await renew(seal.certificate.id, 'operator')
    })
  },
})

function externalOf({ db, guard, authority, now }: Appliance) {
  return makeExternal({ db, authority, now, keys: guard, signDigest: guard.signDigest })
}

function toPem(der: Uint8Array): string {
  const base64 = Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE REQUEST-----\n${base64}-----END CERTIFICATE REQUEST-----\n`
}
