import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { readTar } from '../../src/archives/read-tar.ts'
import {
  inPieces,
  joinChunks,
  LIMITS,
  scratchFolder,
  shell,
  type TakenEntry,
  takeAll,
} from '../support/archives.ts'

const read = (tar: Uint8Array, limits = LIMITS) => takeAll(readTar(inPieces(tar, 1000), limits))
const LONG = `${'dossier/'.repeat(20)}${'n'.repeat(200)}.pdf`

/** One entry as tar-stream, another implementation, writes it. */
async function tarOf(
  ...entries: readonly (Parameters<ReturnType<typeof pack>['entry']>[0] & { content?: string })[]
): Promise<Buffer> {
  const packed = pack()
  for (const { content = '', ...header } of entries) packed.entry(header, content)
  packed.finalize()
  return await joinChunks(Readable.from(packed))
}

/** The header of the first entry changed, and its checksum made right again. */
function patched(tar: Buffer, at: number, field: string): Buffer {
  const out = Buffer.from(tar)
  out.write(field, at, 'latin1')
  out.write('        ', 148, 'latin1')
  const sum = out.subarray(0, 512).reduce((total, octet) => total + octet, 0)
  out.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return out
}

describe('what GNU tar makes', () => {
  test.each(['v7', 'oldgnu', 'gnu', 'ustar', 'posix'])('in the form %s is read', async (format) => {
    const dir = scratchFolder()
    shell(dir, `mkdir -p d/e; printf hello >d/a.pdf; : >d/e/empty; head -c 70000 /dev/zero >d/z`)
    const tar = shell(dir, `tar -c --format=${format} -f - --sort=name d`)

    expect(await read(tar)).toEqual([
      { name: 'd/a.pdf', content: 'hello' },
      { name: 'd/e/empty', content: '' },
      { name: 'd/z', content: '\0'.repeat(70_000) },
    ])
  })

  test.each(['oldgnu', 'gnu', 'posix'])(
    'with long names in the form %s is read',
    async (format) => {
      const dir = scratchFolder()
      shell(dir, `mkdir -p "$(dirname ${LONG})"; printf one >${LONG}; printf two >été.pdf`)
      const tar = shell(dir, `tar -c --format=${format} -f - été.pdf ${LONG}`)

      expect(await read(tar)).toEqual([
        { name: 'été.pdf', content: 'two' },
        { name: LONG, content: 'one' },
      ])
    },
  )

  test('with a name that fills prefix and name of ustar is read', async () => {
    const dir = scratchFolder()
    const name = `${'p'.repeat(150)}/${'n'.repeat(100)}`
    shell(dir, `mkdir ${'p'.repeat(150)}; printf x >${name}`)

    const tar = shell(dir, `tar -c --format=ustar -f - ${name}`)

    expect(await read(tar)).toEqual([{ name, content: 'x' }])
  })

  test('of the folder it stands in is read without “./”', async () => {
    const dir = scratchFolder()
    shell(dir, 'mkdir in; printf x >in/a.pdf; ln -s a.pdf in/link')

    expect(await read(shell(dir, 'tar -cf - --sort=name -C in .'))).toEqual([
      { name: 'a.pdf', content: 'x' },
      { name: './link', problem: 'archive-entry-unsafe' },
    ])
  })

  test('of links, pipes and devices is refused one by one, the rest is read', async () => {
    const dir = scratchFolder()
    shell(dir, 'printf x >a; ln a hard; ln -s /etc/passwd soft; mkfifo pipe; printf y >z')
    const tar = shell(dir, 'tar -cf - a hard soft pipe -C /dev null -C "$PWD" z')

    const problem = 'archive-entry-unsafe'
    expect(await read(tar)).toEqual([
      { name: 'a', content: 'x' },
      ...['hard', 'soft', 'pipe', 'null'].map((name) => ({ name, problem })),
      { name: 'z', content: 'y' },
    ])
  })

  test.each([
    'gnu',
    'posix --sparse-version=0.0',
    'posix --sparse-version=0.1',
    'posix --sparse-version=1.0',
  ])('of a sparse file (%s) is refused, the rest is read', async (format) => {
    const dir = scratchFolder()
    shell(
      dir,
      `for i in $(seq 40); do printf x | dd of=sparse bs=1 seek=$((i*100000)) conv=notrunc status=none; done; printf y >z`,
    )
    const tar = shell(dir, `tar -c --sparse --format=${format} -f - sparse z`)

    expect(await read(tar)).toMatchObject([
      { problem: 'archive-entry-unsafe' },
      { name: 'z', content: 'y' },
    ])
  })

  test('with names that leave the folder is refused one by one, the rest is read', async () => {
    const dir = scratchFolder()
    shell(dir, 'mkdir in; printf x >in/a; printf y >out; printf z >in/b')
    const tar = shell(join(dir, 'in'), 'tar -cPf - a ../out /etc/hostname b')

    expect(await read(tar)).toEqual([
      { name: 'a', content: 'x' },
      { name: '../out', problem: 'archive-entry-unsafe' },
      { name: '/etc/hostname', problem: 'archive-entry-unsafe' },
      { name: 'b', content: 'z' },
    ])
  })

  test('with a label, a global header and litter is read without them', async () => {
    const dir = scratchFolder()
    shell(dir, 'mkdir -p __MACOSX/d d; touch __MACOSX/d/._a d/.DS_Store; printf x >d/a')

    const labelled = shell(dir, 'tar -c --format=gnu --label=actes -f - --sort=name .')
    const global = shell(
      dir,
      'tar -c --format=posix --pax-option=globexthdr.name=g,comment=x -f - d',
    )

    for (const tar of [labelled, global]) {
      expect(await read(tar)).toEqual([{ name: 'd/a', content: 'x' }])
    }
  })

  test('without its blocking is read', async () => {
    const dir = scratchFolder()
    shell(dir, 'printf x >a')

    expect(await read(shell(dir, 'tar -c -b 1 -f - a'))).toEqual([{ name: 'a', content: 'x' }])
  })

  test('in binary numbers is read', async () => {
    const tar = await tarOf({ name: 'a', content: 'hello' }, { name: 'b', content: 'x' })
    const binary = patched(tar, 124, `\x80${'\0'.repeat(10)}\x05`)

    expect(await read(binary)).toEqual([
      { name: 'a', content: 'hello' },
      { name: 'b', content: 'x' },
    ])
  })
})

describe('names', () => {
  test('that come again, or differ only by case or composition, are refused', async () => {
    const names = ['a.pdf', 'A.PDF', 'a.pdf', 'e\u0301', '\u00e9', 'b/c', 'B', 'a.pdf/x', 'b/d']
    const tar = await tarOf(...names.map((name) => ({ name, content: 'x' })))

    const taken = await read(tar)

    expect(taken.map((entry) => 'content' in entry)).toEqual([
      true,
      false,
      false,
      true,
      false,
      true,
      false,
      false,
      true,
    ])
  })

  test('that come again are taken where names need not be unique', async () => {
    const tar = await tarOf({ name: 'a', content: '1' }, { name: 'a', content: '2' })

    expect(await read(tar, { ...LIMITS, hasUniqueNames: false })).toEqual([
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
    ])
  })

  test('that are not UTF-8 are refused', async () => {
    const tar = patched(await tarOf({ name: 'aa', content: 'x' }), 0, '\xe9')

    expect(await read(tar)).toEqual([{ name: 'éa', problem: 'archive-entry-unsafe' }])
  })

  test('that are refused are shown without what would harm', async () => {
    const name = `\x1b[2J${'n'.repeat(400)}`
    const [refused] = await read(await tarOf({ name, pax: { path: name } }))

    expect(refused?.name).toHaveLength(300)
    expect(refused?.name).toMatch(/^\uFFFD\[2Jn+…$/)
  })
})

describe('limits', () => {
  test('a document over its limit is refused by its header, the rest is read', async () => {
    const tar = await tarOf({ name: 'a', content: '12345' }, { name: 'b', content: '1234' })

    expect(await read(tar, { ...LIMITS, documentBytesMax: 4 })).toEqual([
      { name: 'a', problem: 'document-too-large' },
      { name: 'b', content: '1234' },
    ])
  })

  test('the document with which the archive grows too large is refused, a smaller one is read', async () => {
    const tar = await tarOf(
      { name: 'a', content: '12345' },
      { name: 'b', content: '1234' },
      { name: 'c', content: '12' },
    )

    expect(await read(tar, { ...LIMITS, totalBytesMax: 8 })).toEqual([
      { name: 'a', content: '12345' },
      { name: 'b', problem: 'document-too-large' },
      { name: 'c', content: '12' },
    ])
  })

  test('too many entries end the reading', async () => {
    const tar = await tarOf({ name: 'a' }, { name: 'd', type: 'directory' }, { name: 'c' })
    const taken: TakenEntry[] = []

    await expect(
      takeAll(readTar(inPieces(tar, 512), { ...LIMITS, entriesMax: 2 }), taken),
    ).rejects.toMatchObject({ code: 'invalid-request', hints: { entriesMax: 2 } })
    expect(taken).toEqual([{ name: 'a', content: '' }])
  })
})

describe('an archive that is broken', () => {
  test('anywhere yields the documents that were whole, then says at which it broke', async () => {
    const dir = scratchFolder()
    shell(
      dir,
      `mkdir d; printf hello >d/a; : >d/b; head -c 700 /dev/zero >d/c; printf x >d/${'é'.repeat(60)}`,
    )
    const tar = shell(dir, 'tar -c -b 1 --format=posix -f - --sort=name d/a d/b d/c d/é*')
    const whole = await read(tar)
    expect(whole).toHaveLength(4)

    // The second block of zeros at the end may be missing, as GNU tar allows.
    for (let cut = 0; cut <= tar.length - 1024; cut += 1) {
      const taken: TakenEntry[] = []
      const reading = takeAll(readTar(inPieces(tar.subarray(0, cut), 333), LIMITS), taken)
      const error = await reading.catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'invalid-request',
        hints: { entries: expect.any(Number) },
      })
      expect(taken).toEqual(whole.slice(0, taken.length))
    }
    const [, lastNamed] = await brokenAt(tar, tar.length - 1024)
    expect(lastNamed).toMatch(/after 4 whole entries \(at “d\/é+”\): it ends without the mark/)
  })

  async function brokenAt(tar: Buffer, cut: number): Promise<[TakenEntry[], string]> {
    const taken: TakenEntry[] = []
    const reading = takeAll(readTar(inPieces(tar.subarray(0, cut), 333), LIMITS), taken)
    return [taken, await reading.then(String, (error: Error) => error.message)]
  }

  test('in a document tells so to who reads it and to who asks for the next', async () => {
    const tar = await tarOf({ name: 'a', content: 'x'.repeat(2000) })
    const entries = readTar(inPieces(tar.subarray(0, 1500), 700), LIMITS)
    const { value } = await entries.next()
    if (value === undefined || 'problem' in value) throw new Error('a document comes first')

    await expect(joinChunks(value.chunks)).rejects.toMatchObject({ code: 'invalid-request' })
    await expect(entries.next()).rejects.toMatchObject({ code: 'invalid-request' })
  })

  test.each([
    { what: 'nothing at all', bytes: Buffer.alloc(0) },
    { what: 'a PDF', bytes: Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(2000, 32)]) },
    { what: 'a zip', bytes: Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(2000, 1)]) },
    {
      what: 'a compressed tar',
      bytes: Buffer.concat([Buffer.of(0x1f, 0x8b, 8), Buffer.alloc(999, 7)]),
    },
  ])('is what $what is', async ({ bytes }) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'invalid-request',
      hints: { entries: 0 },
    })
  })

  test.each([
    { what: 'the checksum', at: 149, field: '7' },
    { what: 'the name', at: 1, field: 'x' },
    { what: 'the size', at: 130, field: '9' },
  ])('in $what of its second header is broken there', async ({ at, field }) => {
    const tar = await tarOf({ name: 'a', content: 'x' }, { name: 'b', content: 'y' })
    tar.write(field, 1024 + at, 'latin1')
    const [taken, message] = await brokenAt(tar, tar.length)

    expect(taken).toEqual([{ name: 'a', content: 'x' }])
    expect(message).toContain('after 1 whole entries (at “a”): wrong checksum')
  })

  test.each([
    { what: 'a size beyond all numbers', at: 124, field: `\x80${'\xff'.repeat(11)}` },
    { what: 'a negative size', at: 124, field: '\xff'.repeat(12) },
    { what: 'a size that is no number', at: 124, field: '0000000000z' },
    { what: 'a long name that is too long', at: 124, field: '00077777777\0', type: 'L' },
  ])('is one with $what', async ({ at, field, type = '0' }) => {
    const tar = patched(patched(await tarOf({ name: 'a' }), 156, type), at, field)

    await expect(read(tar)).rejects.toMatchObject({ code: 'invalid-request' })
  })

  test('is one with another behind it, which would be lost', async () => {
    const tar = await tarOf({ name: 'a', content: 'x' })
    const [taken, message] = await brokenAt(Buffer.concat([tar, tar]), 2 * tar.length)

    expect(taken).toEqual([{ name: 'a', content: 'x' }])
    expect(message).toContain('something follows its end')
  })

  test('by a connection that ends says so', async () => {
    const tar = await tarOf({ name: 'a', content: 'x' }, { name: 'b', content: 'y'.repeat(999) })
    async function* cut() {
      yield tar.subarray(0, 1700)
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
    }
    const taken: TakenEntry[] = []

    await expect(takeAll(readTar(cut(), LIMITS), taken)).rejects.toThrow(
      'The archive cannot be read further after 1 whole entries (at “b”): the connection ended.',
    )
    expect(taken).toEqual([{ name: 'a', content: 'x' }])
  })

  test.each(['x', '9 path=a', '999 path=a\n', '0 path=a\n', '-1 a=b\n', '9 pathaaa\n'])(
    'in a pax header “%s”',
    async (content) => {
      const tar = patched(await tarOf({ name: 'a', content }), 156, 'x')

      await expect(read(tar)).rejects.toThrow('a pax header is damaged')
    },
  )
})

test('documents that are left are passed over', async () => {
  const tar = await tarOf({ name: 'a', content: 'x'.repeat(5000) }, { name: 'b', content: 'y' })
  const names: string[] = []

  for await (const entry of readTar(inPieces(tar, 100), LIMITS)) {
    names.push(entry.name)
    if ('chunks' in entry) for await (const _ of entry.chunks) break
  }

  expect(names).toEqual(['a', 'b'])
})

test('octets of a document that the reading has left behind are not those of the next', async () => {
  const tar = await tarOf({ name: 'a', content: 'x' }, { name: 'b', content: 'y' })
  const entries = readTar(inPieces(tar, 100), LIMITS)
  const { value: first } = await entries.next()
  await entries.next()
  if (first === undefined || 'problem' in first) throw new Error('a document comes first')

  await expect(joinChunks(first.chunks)).rejects.toThrow(RangeError)
})

test('nothing is asked of the source before it is needed, and it is told when nothing more is', async () => {
  const tar = await tarOf({ name: 'a', content: 'x'.repeat(100_000) })
  let given = 0
  let isTold = false
  async function* source() {
    try {
      for await (const piece of inPieces(tar, 512)) {
        given += 1
        yield piece
      }
    } finally {
      isTold = true
    }
  }
  for await (const entry of readTar(source(), LIMITS)) {
    if (!('chunks' in entry)) continue
    expect(given).toBe(1)
    for await (const _ of entry.chunks) break
    expect(given).toBe(2)
    break
  }

  expect(isTold).toBe(true)
})

test('a tar of a thousand million octets is read in memory that stays', async () => {
  const piece = new Uint8Array(1024 * 1024)
  const header = patched(await tarOf({ name: 'a' }), 124, '00010000000\0')
  const name = (index: number) => patched(header, 0, `${index}`).subarray(0, 512)
  async function* source() {
    for (let entry = 0; entry < 500; entry += 1) {
      yield name(entry)
      yield piece
      yield piece
    }
    yield new Uint8Array(1024)
  }
  const limits = { ...LIMITS, totalBytesMax: 2 ** 40 }
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  let bytes = 0

  for await (const entry of readTar(source(), limits)) {
    if (!('chunks' in entry)) throw entry.problem
    for await (const chunk of entry.chunks) bytes += chunk.length
    most = Math.max(most, process.memoryUsage().arrayBuffers)
  }

  expect(bytes).toBe(500 * 2 * 1024 * 1024)
  expect(most - before).toBeLessThan(32 * 1024 * 1024)
})

test('a name that looks like an option is a name', async () => {
  const dir = scratchFolder()
  writeFileSync(join(dir, '-rf'), 'x')

  expect(await read(shell(dir, 'tar -cf - -- -rf'))).toEqual([{ name: '-rf', content: 'x' }])
})
