/** The bench's document signed by @libpdf/core, PAdES B-B, with a PKCS#11 signer of the bench's own. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PDF } from '@libpdf/core'
import { readMaterial, serve } from './serve.mjs'

/** DigestInfo of SHA-256 up to the digest, RFC 8017 §9.2 note 1. */
const PREFIX = Buffer.from('3031300d060960864801650304020105000420', 'hex')

await serve(import.meta.url, async (algorithm) => {
  const document = new Uint8Array(readMaterial('document.pdf'))
  const isRsa = algorithm.startsWith('rsa')
  const signRaw = openKey(readMaterial(`${algorithm}.id`).toString(), isRsa)
  const signer = {
    certificate: new Uint8Array(readMaterial(`${algorithm}.der`)),
    certificateChain: [new Uint8Array(readMaterial('issuer.der'))],
    keyType: isRsa ? 'RSA' : 'EC',
    signatureAlgorithm: isRsa ? 'RSASSA-PKCS1-v1_5' : 'ECDSA',
    async sign(data) {
      const digest = createHash('sha256').update(data).digest()
      return isRsa ? signRaw(Buffer.concat([PREFIX, digest])) : toDer(signRaw(digest))
    },
  }
  return async () => {
    const pdf = await PDF.load(document)
    const { bytes } = await pdf.sign({ signer, level: 'B-B' })
    return bytes
  }
})

function openKey(keyId, isRsa) {
  // The project's own copy, given by path: it is compiled already.
  const pkcs11js = createRequire(import.meta.url)(process.env.PEER_PKCS11JS)
  const token = new pkcs11js.PKCS11()
  token.load(process.env.PEER_MODULE)
  // The workers are one process, which is initialised and logged in once.
  tolerate('CKR_CRYPTOKI_ALREADY_INITIALIZED', () =>
    token.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK }),
  )
  const [slot] = token.C_GetSlotList(true)
  const session = token.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION)
  const pin = readFileSync(process.env.PEER_PIN_FILE, 'utf8').trim()
  tolerate('CKR_USER_ALREADY_LOGGED_IN', () => token.C_Login(session, pkcs11js.CKU_USER, pin))
  token.C_FindObjectsInit(session, [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
    { type: pkcs11js.CKA_ID, value: Buffer.from(keyId, 'hex') },
  ])
  const [key] = token.C_FindObjects(session, 1)
  token.C_FindObjectsFinal(session)
  const mechanism = isRsa ? pkcs11js.CKM_RSA_PKCS : pkcs11js.CKM_ECDSA
  const answer = Buffer.alloc(512)
  return (input) => {
    token.C_SignInit(session, { mechanism }, key)
    return Uint8Array.from(token.C_Sign(session, input, answer))
  }
}

function tolerate(name, call) {
  try {
    call()
  } catch (error) {
    if (!String(error.message).includes(name)) throw error
  }
}

/** `Ecdsa-Sig-Value` of r and s (RFC 3279 §2.2.3). */
function toDer(raw) {
  const half = raw.length / 2
  const integers = [raw.subarray(0, half), raw.subarray(half)].map((octets) => {
    const first = octets.findIndex((octet) => octet !== 0)
    const value = octets.subarray(first === -1 ? half - 1 : first)
    const padded = value[0] >= 0x80 ? [0, ...value] : [...value]
    return [0x02, padded.length, ...padded]
  })
  const content = integers.flat()
  return Uint8Array.from([0x30, content.length, ...content])
}
