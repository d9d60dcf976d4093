import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readMultipart } from '../../src/archives/read-multipart.ts'
import {
  inPieces,
  joinChunks,
  LIMITS,
  safeNames,
  scratchFolder,
  type TakenEntry,
  takeAll,
} from '../support/archives.ts'

/** A form as the platform, another implementation, writes it. */
async function formOf(
  ...parts: readonly (readonly [name: string, content: string | Uint8Array<ArrayBuffer>])[]
) {
  const form = new FormData()
  for (const [name, content] of parts) form.append('document', new Blob([content]), name)
  const response = new Response(form)
  return {
    type: response.headers.get('content-type') ?? '',
    body: Buffer.from(await response.arrayBuffer()),
  }
}

const read = ({ type, body }: { type: string; body: Uint8Array }, limits = LIMITS) =>
  takeAll(readMultipart(inPieces(body, 1000), type, limits))

test('files come under their names, whatever they hold', async () => {
  const form = await formOf(
    ['a.pdf', 'hello'],
    ['dossier/délibération.pdf', ''],
    ['z', '\r\n--\r\n------'.repeat(9999)],
  )

  expect(await read(form)).toEqual([
    { name: 'a.pdf', content: 'hello' },
    { name: 'dossier/délibération.pdf', content: '' },
    { name: 'z', content: '\r\n--\r\n------'.repeat(9999) },
  ])
})

test('what curl sends is read', async () => {
  const dir = scratchFolder()
  writeFileSync(join(dir, 'été.pdf'), 'one')
  writeFileSync(join(dir, 'b.pdf'), Buffer.alloc(300_000, 'b'))
  const taken: TakenEntry[] = []
  const server = createServer(async (request, response) => {
    const type = request.headers['content-type'] ?? ''
    await takeAll(readMultipart(request, type, LIMITS), taken)
    response.end('taken')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined

  const url = `http://127.0.0.1:${port}/`
  const files = ['-F', 'f=@été.pdf', '-F', 'f=@b.pdf;filename=d/b.pdf', '-F', 'note=hello']
  const { stdout } = await promisify(execFile)('curl', ['-s', ...files, url], { cwd: dir })

  expect(stdout).toBe('taken')
  expect(taken).toEqual([
    { name: 'été.pdf', content: 'one' },
    { name: 'd/b.pdf', content: 'b'.repeat(300_000) },
    { name: 'note', problem: 'archive-entry-unsafe' },
  ])
})

test('what a form says is read again, however the stream is cut into pieces', async () => {
  const file = fc.tuple(safeNames, fc.uint8Array({ maxLength: 3000 }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 8 }),
      fc.integer({ min: 1, max: 5000 }),
      async (files, bytes) => {
        // Names with what the platform escapes come back escaped.
        const plain = files.filter(([name]) => !name.includes('"'))
        const { type, body } = await formOf(...plain)
        const limits = { ...LIMITS, hasUniqueNames: false }
        expect(await takeAll(readMultipart(inPieces(body, bytes), type, limits))).toEqual(
          plain.map(([name, content]) => ({
            name,
            content: Buffer.from(content).toString('latin1'),
          })),
        )
      },
    ),
  )
})

const FORM = 'multipart/form-data; boundary=b'

function partWith(head: string): { type: string; body: Buffer } {
  return { type: FORM, body: Buffer.from(`--b\r\n${head}\r\n\r\nhello\r\n--b--\r\n`) }
}

test.each([
  { disposition: 'form-data; name="f"; filename="a \\"b\\".pdf"', name: 'a "b".pdf' },
  { disposition: 'form-data; name="f"; filename="a;b=c.pdf"', name: 'a;b=c.pdf' },
  { disposition: 'form-data; name=f; filename=a.pdf', name: 'a.pdf' },
  { disposition: 'FORM-DATA ; NAME="f" ; FileName = "a.pdf"', name: 'a.pdf' },
  { disposition: 'form-data; filename="a.pdf"', name: 'a.pdf' },
  { disposition: `form-data; name="f"; filename="x"; filename*=UTF-8''%C3%A9.pdf`, name: 'é.pdf' },
  { disposition: `form-data; name="f"; filename="x"; filename*=UTF-8''%ZZ`, name: 'x' },
  { disposition: 'form-data; name="f"; filename="é.pdf"', name: 'é.pdf' },
])('$disposition names “$name”', async ({ disposition, name }) => {
  const form = partWith(`Content-Disposition: ${disposition}\r\nContent-Type: application/pdf`)

  expect(await read(form)).toEqual([{ name, content: 'hello' }])
})

test.each([
  '',
  'X: y',
  'nonsense',
  'Content-Disposition: attachment; filename="a.pdf"',
  'Content-Disposition: form-data; name="a.pdf"',
  'Content-Disposition: form-data; name="f"; filename=""',
  'Content-Disposition: form-data; name="f"; filename="C:\\dir\\a.pdf"',
])('a part with the head “%s” is refused', async (head) => {
  expect(await read(partWith(head))).toMatchObject([{ problem: 'archive-entry-unsafe' }])
})

test('what stands before the first boundary, after a boundary and behind the last is passed over', async () => {
  const part = '--b \t\r\nContent-Disposition: form-data; filename="a"\r\n\r\n'
  const body = Buffer.from(`preamble\r\n${part}--b\r\n--bhello\r\n--b--epilogue\r\n--b\r\n`)

  await expect(read({ type: FORM, body })).rejects.toThrow('a boundary is followed by')
  const sound = Buffer.from(`preamble\r\n${part}--b\r\n--\r\n--b--epilogue\r\n--b\r\n`)
  expect(await read({ type: FORM, body: sound })).toEqual([{ name: 'a', content: '--b\r\n--' }])
})

test('a head without end is refused before it fills the memory', async () => {
  let given = 0
  async function* endless() {
    yield Buffer.from('--b\r\n')
    for (;;) {
      given += 1
      yield Buffer.alloc(1000, 'x')
    }
  }

  await expect(takeAll(readMultipart(endless(), FORM, LIMITS))).rejects.toThrow('too long')
  expect(given).toBeLessThan(20)
})

test('a part without a file name goes by its field, when it says what it is', async () => {
  const body = Buffer.from(
    '--b\r\nContent-Disposition: form-data; name="acte.pdf"\r\n' +
      'Content-Type: application/pdf\r\n\r\nhello\r\n--b--\r\n',
  )

  expect(await read({ type: FORM, body })).toEqual([{ name: 'acte.pdf', content: 'hello' }])
})

test('names that harm or come again are refused one by one, the rest is read', async () => {
  const form = await formOf(['../a', '1'], ['a', '2'], ['A', '3'], ['C:\\x.pdf', '4'], ['b', '5'])

  expect(await read(form)).toEqual([
    { name: '../a', problem: 'archive-entry-unsafe' },
    { name: 'a', content: '2' },
    { name: 'A', problem: 'archive-entry-unsafe' },
    { name: 'C:\\x.pdf', problem: 'archive-entry-unsafe' },
    { name: 'b', content: '5' },
  ])
})

describe('limits', () => {
  test('of one document, and of all, end that document; the next is read', async () => {
    const form = await formOf(
      ['a', 'x'.repeat(3000)],
      ['b', 'y'.repeat(2000)],
      ['c', 'z'.repeat(2000)],
      ['d', 'x'],
    )
    const problems: string[] = []
    const limits = { ...LIMITS, documentBytesMax: 2500, totalBytesMax: 3500 }

    for await (const entry of readMultipart(inPieces(form.body, 512), form.type, limits)) {
      if (!('chunks' in entry)) throw entry.problem
      await joinChunks(entry.chunks).then(
        (content) => problems.push(`${entry.name}: ${content.length}`),
        (error: Error) => problems.push(`${entry.name}: ${error.message}`),
      )
    }

    expect(problems).toEqual([
      'a: The document is larger than 2500 bytes.',
      'b: 2000',
      'c: With this document, the archive unpacked is larger than 3500 bytes.',
      'd: 1',
    ])
  })

  test('of entries', async () => {
    const form = await formOf(['a', '1'], ['b', '2'], ['c', '3'])
    const taken: TakenEntry[] = []
    const entries = readMultipart(inPieces(form.body, 99), form.type, { ...LIMITS, entriesMax: 2 })

    await expect(takeAll(entries, taken)).rejects.toMatchObject({ code: 'invalid-request' })
    expect(taken.map(({ name }) => name)).toEqual(['a', 'b'])
  })
})

test('a form cut anywhere yields the files that were whole, then says at which it broke', async () => {
  const { type, body } = await formOf(['a', 'hello'], ['b', ''], ['c', 'x'.repeat(300)])
  const whole = await read({ type, body })

  const closing = body.lastIndexOf('--')
  for (let cut = 0; cut < closing + 2; cut += 1) {
    for (const pieceBytes of [37, 5000]) {
      const taken: TakenEntry[] = []
      const entries = readMultipart(inPieces(body.subarray(0, cut), pieceBytes), type, LIMITS)
      const error = await takeAll(entries, taken).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'invalid-request',
        hints: { entries: taken.length },
      })
      expect(taken).toEqual(whole.slice(0, taken.length))
    }
  }
})

test('a connection that ends in a file fails that file and the form', async () => {
  const { type, body } = await formOf(['a', 'hello'], ['b', 'x'.repeat(5000)])
  async function* cut() {
    yield body.subarray(0, 3000)
    throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
  }
  const entries = readMultipart(cut(), type, LIMITS)
  await entries.next()
  const { value: second } = await entries.next()
  if (second === undefined || 'problem' in second) throw new Error('a document comes second')

  await expect(joinChunks(second.chunks)).rejects.toMatchObject({ code: 'invalid-request' })
  await expect(entries.next()).rejects.toMatchObject({
    code: 'invalid-request',
    hints: { entries: 1 },
  })
})

test('files that are left are passed over', async () => {
  const { type, body } = await formOf(['a', 'x'.repeat(200_000)], ['b', 'y'])
  const names: string[] = []

  for await (const entry of readMultipart(inPieces(body, 1000), type, LIMITS)) {
    names.push(entry.name)
    if ('chunks' in entry) for await (const _ of entry.chunks) break
  }

  expect(names).toEqual(['a', 'b'])
})

test('of a large file no more is taken than is asked for', async () => {
  const { type, body } = await formOf(['a', Buffer.alloc(10_000_000)])
  let given = 0
  let isTold = false
  async function* source() {
    try {
      for await (const piece of inPieces(body, 64 * 1024)) {
        given += 1
        yield piece
      }
    } finally {
      isTold = true
    }
  }
  for await (const entry of readMultipart(source(), type, LIMITS)) {
    if (!('chunks' in entry)) throw entry.problem
    for await (const _ of entry.chunks) break
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(given).toBeLessThan(6)
    break
  }
  await expect.poll(() => isTold).toBe(true)
})

test.each([
  '',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary="a\r\n"',
  `multipart/form-data; boundary=${'x'.repeat(71)}`,
  'application/json',
  'multipart/mixed; boundary=x',
])('“%s” is not the content type of a form', async (type) => {
  await expect(read({ type, body: Buffer.from('x') })).rejects.toMatchObject({
    code: 'invalid-request',
    hints: { field: 'Content-Type' },
  })
})
