import { expect, test } from 'vitest'
import type { SignatureRequest } from '../../src/pdf/request.ts'
import { illness, judgeSignatures } from '../support/judges.ts'
import { basicObjects, classicPdf, type Objects, qpdf } from '../support/pdfs.ts'
import { sealed } from '../support/sealed.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'

const signer = await makeSoftwareSigner()

/** A form with two empty signature fields, the first with these entries. */
function form(entries = '', more: Objects = {}): Buffer {
  const field = (name: string, own: string) =>
    `<< /Type /Annot /Subtype /Widget /FT /Sig /T (${name}) /F 4 /P 3 0 R /Rect [10 10 110 50] ${own} >>`
  return classicPdf(
    basicObjects({
      1: '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R 7 0 R 8 0 R] >> >>',
      3: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Annots [6 0 R 7 0 R 8 0 R] >>',
      6: field('Maire', entries),
      7: field('Adjoint', ''),
      8: '<< /Type /Annot /Subtype /Widget /FT /Tx /T (Nom) /Rect [0 0 9 9] /P 3 0 R >>',
      ...more,
    }),
  )
}

const encrypt = (pdf: Buffer) => qpdf(pdf, '--encrypt', '', 'o', '256', '--')
const RECT = { x: 10, y: 100, width: 80, height: 40 }

async function refusalOf(pdf: Buffer, request: Partial<SignatureRequest> = {}): Promise<string> {
  const outcome = await sealed(pdf, signer, request).catch((error: unknown) => error)
  return outcome instanceof Error && 'code' in outcome ? String(outcome.code) : 'sealed'
}

test.each([1, 2, 3] as const)(
  'certified with level %d: what may follow, follows',
  async (certify) => {
    const certified = await sealed(form(), signer, { certify })
    const forbidden = 'pdf-certified-no-changes'

    expect(judgeSignatures(certified)).toMatchObject({ all: 3, valid: 1 })
    expect(await refusalOf(certified)).toBe(certify === 1 ? forbidden : 'sealed')
    expect(await refusalOf(certified, { field: 'Maire' })).toBe(
      certify === 1 ? forbidden : 'sealed',
    )
    expect(await refusalOf(certified, { rect: RECT })).toBe(certify === 3 ? 'sealed' : forbidden)
    expect(await refusalOf(certified, { certify: 2 })).not.toBe('sealed')
    if (certify === 1) return
    const twice = await sealed(certified, signer, { field: 'Adjoint' })
    expect(judgeSignatures(twice).valid).toBe(2)
    expect(illness(twice)).toBe(0)
  },
)

test('only the first signature certifies', async () => {
  const signed = await sealed(form(), signer)
  expect(await refusalOf(signed, { certify: 2 })).toBe('invalid-request')
})

test.each([
  ['in clear', (pdf: Buffer) => pdf],
  ['encrypted', encrypt],
])('a lock holds once its field is signed, %s', async (_, prepare) => {
  const lock = '/Lock << /Type /SigFieldLock /Action /Include /Fields [(Adjoint)] >>'
  const signed = await sealed(prepare(form(lock)), signer, { field: 'Maire' })

  expect(judgeSignatures(signed).valid).toBe(1)
  expect(await refusalOf(signed, { field: 'Adjoint' })).toBe('pdf-certified-no-changes')
  expect(await refusalOf(signed)).toBe('sealed')
  const clear = qpdf(signed, '--qdf', '--decrypt').toString('latin1')
  expect(clear).toMatch(/\/TransformMethod \/FieldMDP.*\/Fields \[\s*\(Adjoint\)/s)
})

test.each([
  ['All', '/Action /All', 'pdf-certified-no-changes'],
  ['Exclude it', '/Action /Exclude /Fields [(Adjoint)]', 'sealed'],
  ['Exclude another', '/Action /Exclude /Fields [(Nom)]', 'pdf-certified-no-changes'],
  ['Include another', '/Action /Include /Fields [(Nom)]', 'sealed'],
  ['level 1', '/Action /Include /Fields [(Nom)] /P 1', 'pdf-certified-no-changes'],
])('a lock of %s', async (_, entries, outcome) => {
  const lock = `/Lock << /Type /SigFieldLock ${entries} >>`
  const signed = await sealed(form(lock), signer, { field: 'Maire' })
  expect(await refusalOf(signed, { field: 'Adjoint' })).toBe(outcome)
})

test.each<[string, string, Partial<SignatureRequest>, string]>([
  ['our encoding', '/SubFilter [/ETSI.CAdES.detached] /Ff 2', {}, 'sealed'],
  ['another encoding', '/SubFilter [/adbe.pkcs7.detached] /Ff 2', {}, 'invalid-request'],
  ['another encoding, not required', '/SubFilter [/adbe.pkcs7.detached]', {}, 'sealed'],
  ['another handler', '/Filter /Other /Ff 1', {}, 'invalid-request'],
  ['a weak digest', '/DigestMethod [(SHA1)] /Ff 64', {}, 'invalid-request'],
  ['a strong digest', '/DigestMethod [(SHA1) (SHA256)] /Ff 64', {}, 'sealed'],
  ['a reason that is given', '/Reasons [(Vu) (Lu)] /Ff 8', { reason: 'Lu' }, 'sealed'],
  ['a reason that is not', '/Reasons [(Vu)] /Ff 8', { reason: 'Lu' }, 'invalid-request'],
  ['certifying', '/MDP << /P 2 >>', {}, 'invalid-request'],
  ['certifying, as it is', '/MDP << /P 2 >>', { certify: 2 }, 'sealed'],
  ['an approval', '/MDP << /P 0 >>', { certify: 2 }, 'invalid-request'],
])('seed values that demand %s', async (_, entries, request, outcome) => {
  const pdf = form(`/SV << /Type /SV ${entries} >>`)
  expect(await refusalOf(pdf, { field: 'Maire', ...request })).toBe(outcome)
  expect(await refusalOf(encrypt(pdf), { field: 'Maire', ...request })).toBe(outcome)
})

test.each<[string, Partial<SignatureRequest>, string]>([
  ['an unknown field', { field: 'Personne' }, 'field-not-found'],
  ['a text field', { field: 'Nom' }, 'field-not-found'],
  ['a page too far', { page: 2 }, 'page-out-of-range'],
  ['a rectangle beside the page', { rect: { ...RECT, x: 290 } }, 'invalid-request'],
  ['the last page', { page: -1 }, 'sealed'],
  ['an empty field', { field: 'Maire' }, 'sealed'],
])('%s', async (_, request, outcome) => {
  expect(await refusalOf(form(), request)).toBe(outcome)
})

test('a signed field is not signed again', async () => {
  const signed = await sealed(form(), signer, { field: 'Maire' })
  expect(await refusalOf(signed, { field: 'Maire' })).toBe('field-already-signed')
})

test.each([
  ['nothing', ['--modify=none'], 'pdf-encrypted'],
  ['forms', ['--modify=form'], 'sealed'],
  ['notes', ['--modify=annotate'], 'sealed'],
  ['all but printing', ['--print=none'], 'sealed'],
])('permissions that allow %s', async (_, options, outcome) => {
  const pdf = qpdf(form(), '--encrypt', '', 'o', '256', ...options, '--')
  expect(await refusalOf(pdf)).toBe(outcome)
})

test('a password that is needed is asked for', async () => {
  const pdf = qpdf(form(), '--encrypt', 'secret', 'o', '256', '--')
  expect(await refusalOf(pdf)).toBe('pdf-encrypted')
})
