import { PDFDocument } from 'pdf-lib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { problemOf, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let sealed: Buffer

beforeAll(async () => {
  server = await startTestServer()
  const document = await PDFDocument.create()
  document.addPage()
  sealed = (await server.apply('ec', await document.save())).body
})
afterAll(() => server?.remove())

const verify = (body: Uint8Array, contentType = 'application/pdf') =>
  server.api('/verify', { method: 'POST', headers: { 'content-type': contentType }, body })

test('our own seal passes: level B-B, chained to the root, not revoked, whole document covered', async () => {
  const { status, body } = await verify(sealed)

  expect(status).toBe(200)
  expect(JSON.parse(body.toString())).toMatchObject({
    signatures: [
      {
        indication: 'TOTAL_PASSED',
        level: 'B-B',
        fieldName: 'Signature1',
        signer: { subject: expect.stringContaining('Cachet ec') },
      },
    ],
  })
})

test('one changed octet of the document fails it', async () => {
  const changed = Buffer.from(sealed)
  const at = changed.indexOf('MediaBox')
  changed[at + 1] = (changed[at + 1] ?? 0) ^ 0x20

  const { body } = await verify(changed)

  expect(JSON.parse(body.toString()).signatures).toMatchObject([{ indication: 'TOTAL_FAILED' }])
})

test('a document without a signature has an empty report', async () => {
  const document = await PDFDocument.create()
  document.addPage()
  const { body } = await verify(await document.save())

  expect(JSON.parse(body.toString()).signatures).toEqual([])
})

test.each([
  { body: Buffer.from('no pdf'), contentType: 'application/pdf', slug: 'not-a-pdf' },
  { body: Buffer.from('{}'), contentType: 'application/json', slug: 'invalid-request' },
])('$contentType with no PDF in it is $slug', async ({ body, contentType, slug }) => {
  expect(problemOf(await verify(body, contentType))).toMatchObject({ type: `/problems/${slug}` })
})
