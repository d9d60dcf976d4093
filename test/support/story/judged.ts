import { askHttps } from '../../first-run/ask-https.ts'
import { openssl } from '../openssl.ts'
import { toPem } from '../test-pki.ts'

/** What OpenSSL says of a certificate by nothing but what the appliance at `url` publishes. */
export async function judgeAt(url: string, certificate: string) {
  const fetched = async (file: string, label: string) => {
    const { status, bytes } = await askHttps(`${url}/pki/${file}`)
    if (status !== 200) throw new Error(`${file}: HTTP ${status}`)
    return toPem(bytes, label)
  }
  const authorities = {
    'root.pem': await fetched('root.cer', 'CERTIFICATE'),
    'issuing.pem': await fetched('issuing.cer', 'CERTIFICATE'),
  }
  const files = { 'a.pem': certificate, ...authorities }
  return {
    /** @throws Error with what OpenSSL said when the path does not hold, or the CRLs name it. */
    async verify(): Promise<string> {
      const crls = {
        'root.crl': await fetched('root.crl', 'X509 CRL'),
        'issuing.crl': await fetched('issuing.crl', 'X509 CRL'),
      }
      const listed = Object.keys(crls).flatMap((name) => ['-CRLfile', name])
      const trust = ['-CAfile', 'root.pem', '-untrusted', 'issuing.pem', ...listed]
      return openssl(['verify', '-crl_check_all', ...trust, 'a.pem'], { ...files, ...crls })
    },
    ask(): Promise<string> {
      const trust = [
        '-CAfile',
        'root.pem',
        '-verify_other',
        'issuing.pem',
        '-issuer',
        'issuing.pem',
      ]
      return openssl(['ocsp', '-url', `${url}/pki/ocsp`, ...trust, '-cert', 'a.pem'], files)
    },
    show: (...what: readonly string[]) =>
      openssl(['x509', '-in', 'a.pem', '-noout', ...what], files),
  }
}
