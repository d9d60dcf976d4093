/**
 * The bench's document signed by @signpdf with a P12: it has no PKCS#11, so its key is a software
 * key. Its CMS holds signing-time and no signing-certificate-v2: not quite PAdES B-B.
 */
import { plainAddPlaceholder } from '@signpdf/placeholder-plain'
import { P12Signer } from '@signpdf/signer-p12'
import signpdf from '@signpdf/signpdf'
import { readMaterial, serve } from './serve.mjs'

await serve(import.meta.url, async (algorithm) => {
  const document = readMaterial('document.pdf')
  const p12 = readMaterial(`${algorithm}.p12`)
  return async () => {
    const pdfBuffer = plainAddPlaceholder({
      pdfBuffer: document,
      reason: '',
      contactInfo: '',
      name: '',
      location: '',
      subFilter: 'ETSI.CAdES.detached',
    })
    // A signer reads its P12 once, for one document.
    return signpdf.default.sign(pdfBuffer, new P12Signer(p12, { passphrase: 'bench' }))
  }
})
