import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readZip } from '../../src/archives/read-zip.ts'
import {
  joinChunks,
  LIMITS,
  scratchFolder,
  shell,
  type TakenEntry,
  takeAll,
} from '../support/archives.ts'

/** What programs in python put into zips by its standard zipfile, as `z`: all by one process. */
class PythonZips {
  readonly #dir = mkdtempSync(join(tmpdir(), 'sceau-zips-'))
  readonly #programs: string[] = []

  /** @returns The path where the zip will be. */
  add(lines: string): string {
    const path = join(this.#dir, `${this.#programs.length}.zip`)
    this.#programs.push(`z = ZipFile("${path}", "w")\n${lines}\nz.close()\n`)
    return path
  }

  make(): void {
    const imports = 'import copy, io, random, stat, struct, unicodedata, zipfile, zlib\n'
    const program = `${imports}from zipfile import ZipFile, ZipInfo\n${this.#programs.join('')}`
    writeFileSync(join(this.#dir, 'make.py'), program)
    shell(this.#dir, 'python3 -W ignore make.py')
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true })
  }
}

const zips = new PythonZips()
beforeAll(() => zips.make())
afterAll(() => zips.remove())

const made = ({ what, lines }: { what: string; lines: string }) => ({ what, path: zips.add(lines) })

function zipTest(name: string, lines: string, body: (path: string) => Promise<void>): void {
  const path = zips.add(lines)
  test(name, () => body(path))
}

const read = (path: string, limits = LIMITS) => takeAll(readZip(path, limits))

function saved(bytes: Uint8Array): string {
  const path = join(scratchFolder(), 'a.zip')
  writeFileSync(path, bytes)
  return path
}

describe('what python makes is read:', () => {
  test.each(
    [
      { what: 'stored', lines: 'z.writestr("a", "hello" * 9)' },
      { what: 'deflated', lines: 'z.writestr("a", "hello" * 9, zipfile.ZIP_DEFLATED)' },
      {
        what: 'in zip64',
        lines: 'f = z.open("a", "w", force_zip64=True); f.write(b"hello" * 9); f.close()',
      },
      {
        what: 'with lengths behind the content',
        lines: [
          'path = z.filename; z.close()',
          'class Pipe(io.FileIO):',
          '  def seekable(self): return False',
          '  def seek(self, *a): raise OSError()',
          '  def tell(self): raise OSError()',
          'z = ZipFile(Pipe(path, "w"), "w")',
          'z.writestr("a", "hello" * 9, zipfile.ZIP_DEFLATED)',
        ].join('\n'),
      },
      { what: 'with a comment', lines: 'z.comment = b"x" * 60000; z.writestr("a", "hello" * 9)' },
    ].map(made),
  )('$what', async ({ path }) => {
    expect(await read(path)).toEqual([{ name: 'a', content: 'hello'.repeat(9) }])
  })

  zipTest(
    '10 MB deflated, in memory that does not hold them',
    'r = random.Random(1)\nz.writestr("a", r.randbytes(5000000) * 2, zipfile.ZIP_DEFLATED)',
    async (path) => {
      let bytes = 0
      for await (const entry of readZip(path, LIMITS)) {
        if (!('chunks' in entry)) throw entry.problem
        for await (const chunk of entry.chunks) {
          expect(chunk.length).toBeLessThanOrEqual(128 * 1024)
          bytes += chunk.length
        }
      }
      expect(bytes).toBe(10_000_000)
    },
  )

  zipTest(
    'folders and the litter of a Mac are passed over',
    'for name in ["d/", "d/a", "__MACOSX/d/._a", "d/.DS_Store", ".DS_Store"]: z.writestr(name, "")',
    async (path) => {
      expect(await read(path)).toEqual([{ name: 'd/a', content: '' }])
    },
  )
})

describe('names', () => {
  const CP437 = [
    'class Dos(ZipInfo):',
    '  def _encodeFilenameFlags(self): return self.filename.encode("cp437"), self.flag_bits & ~0x800',
    'z.writestr(Dos("Délibération n°1.pdf"), "x")',
  ].join('\n')
  const UNFLAGGED = [
    'class Mac(ZipInfo):',
    '  def _encodeFilenameFlags(self): return unicodedata.normalize("NFD", self.filename).encode(), 0',
    'z.writestr(Mac("Délibération n°1.pdf"), "x")',
  ].join('\n')
  const FIELD = [
    'class Info(ZipInfo):',
    '  def _encodeFilenameFlags(self): return b"D_lib_ration n_1.pdf", 0',
    'i = Info("Délibération n°1.pdf")',
    'name = i.filename.encode()',
    'i.extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, zlib.crc32(b"D_lib_ration n_1.pdf")) + name',
    'z.writestr(i, "x")',
  ].join('\n')

  test.each(
    [
      { what: 'in UTF-8', lines: 'z.writestr("Délibération n°1.pdf", "x")' },
      { what: 'in the code page of DOS', lines: CP437 },
      { what: 'in UTF-8 that is not said to be, decomposed, as on a Mac', lines: UNFLAGGED },
      { what: 'in the field of Info-ZIP', lines: FIELD },
    ].map(made),
  )('$what are read', async ({ path }) => {
    expect(await read(path)).toEqual([{ name: 'Délibération n°1.pdf', content: 'x' }])
  })

  zipTest(
    'that harm, come again or are not UTF-8 are refused one by one',
    [
      'class Bad(ZipInfo):',
      '  def _encodeFilenameFlags(self): return b"\\xff\\xfe", 0x800',
      'for n in ["../a", "/a", "a", "A", "a/b", "c\\\\d", "C:/x", "nul", "e"]: z.writestr(n, n)',
      'z.writestr(Bad("x"), "x")',
    ].join('\n'),
    async (path) => {
      const taken = await read(path)
      expect(taken.flatMap((entry) => ('content' in entry ? [entry.name] : []))).toEqual(['a', 'e'])
      expect(taken.flatMap((entry) => ('problem' in entry ? [entry.problem] : []))).toEqual(
        new Array(8).fill('archive-entry-unsafe'),
      )
    },
  )
})

describe('refused, and the rest read:', () => {
  const mode = (type: string) =>
    `i = ZipInfo("bad"); i.create_system = 3; i.external_attr = (stat.${type} | 0o777) << 16; z.writestr(i, "/etc/passwd")`
  const encrypted = ['z.writestr("bad", "x")', 'z.filelist[0].flag_bits |= 1'].join('\n')

  test.each(
    [
      { what: 'a symbolic link', lines: mode('S_IFLNK') },
      { what: 'a device', lines: mode('S_IFCHR') },
      { what: 'a pipe', lines: mode('S_IFIFO') },
      { what: 'an encrypted entry', lines: encrypted },
      { what: 'bzip2', lines: 'z.writestr("bad", "x" * 999, zipfile.ZIP_BZIP2)' },
      { what: 'lzma', lines: 'z.writestr("bad", "x" * 999, zipfile.ZIP_LZMA)' },
      {
        what: 'what unpacks to over 200 times its size',
        lines: 'z.writestr("bad", b"\\0" * 2000000, zipfile.ZIP_DEFLATED)',
      },
      {
        what: 'a stored entry of two lengths',
        lines: 'z.writestr("bad", "x"); z.filelist[0].file_size = 2',
      },
      {
        what: 'a length beyond all numbers',
        lines:
          'z.writestr("bad", "x"); z.filelist[0].compress_size = z.filelist[0].file_size = 2 ** 63',
      },
      {
        what: 'a place beyond all numbers',
        lines: 'z.writestr("bad", "x"); z.filelist[0].header_offset = 2 ** 63',
      },
    ].map(({ what, lines }) => made({ what, lines: `${lines}\nz.writestr("good", "x")` })),
  )('$what', async ({ path }) => {
    expect(await read(path)).toEqual([
      { name: 'bad', problem: 'archive-entry-unsafe' },
      { name: 'good', content: 'x' },
    ])
  })

  zipTest(
    'a little that unpacks to not much more than 1 MiB is no bomb',
    'z.writestr("a", b"\\0" * 1048576, zipfile.ZIP_DEFLATED)',
    async (path) => {
      expect(await read(path)).toEqual([{ name: 'a', content: '\0'.repeat(1_048_576) }])
    },
  )

  zipTest(
    'entries that share their octets',
    [
      'z.writestr("a", "hello" * 100)',
      'z.writestr("z", "x")',
      'for n in ["b", "c"]: i = copy.copy(z.filelist[0]); i.filename = n; z.filelist.append(i)',
      'i = copy.copy(z.filelist[1]); i.filename = "d"; i.header_offset -= 1; z.filelist.append(i)',
    ].join('\n'),
    async (path) => {
      expect(await read(path)).toEqual([
        { name: 'a', content: 'hello'.repeat(100) },
        { name: 'z', content: 'x' },
        { name: 'b', problem: 'archive-entry-unsafe' },
        { name: 'c', problem: 'archive-entry-unsafe' },
        { name: 'd', problem: 'archive-entry-unsafe' },
      ])
    },
  )
})

describe('limits', () => {
  const path = zips.add('for n in "abc": z.writestr(n, n * 100)')

  test('of one document', async () => {
    expect(await read(path, { ...LIMITS, documentBytesMax: 99 })).toEqual(
      ['a', 'b', 'c'].map((name) => ({ name, problem: 'document-too-large' })),
    )
  })

  test('of all together', async () => {
    expect(await read(path, { ...LIMITS, totalBytesMax: 250 })).toMatchObject([
      { content: 'a'.repeat(100) },
      { content: 'b'.repeat(100) },
      { problem: 'document-too-large' },
    ])
  })

  test('of entries', async () => {
    const taken: TakenEntry[] = []
    await expect(takeAll(readZip(path, { ...LIMITS, entriesMax: 2 }), taken)).rejects.toMatchObject(
      {
        code: 'invalid-request',
        hints: { entriesMax: 2 },
      },
    )
    expect(taken).toHaveLength(2)
  })
})

/** A zip with one deflated entry, which says of itself what it is told to. */
function zipWith({ bytes, crc }: { bytes?: number; crc?: number }): Uint8Array {
  const content = Buffer.from('hello'.repeat(100))
  const deflated = deflateRawSync(content)
  const local = Buffer.alloc(31)
  local.write('PK\x03\x04')
  local.writeUInt16LE(8, 8)
  local.writeUInt16LE(1, 26)
  local.write('a', 30)
  const central = Buffer.alloc(47)
  central.write('PK\x01\x02')
  central.writeUInt16LE(8, 10)
  central.writeUInt32LE(crc ?? crc32(content), 16)
  central.writeUInt32LE(deflated.length, 20)
  central.writeUInt32LE(bytes ?? content.length, 24)
  central.writeUInt16LE(1, 28)
  central.write('a', 46)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(local.length + deflated.length, 16)
  return Buffer.concat([local, deflated, central, end])
}

describe('a damaged document fails by itself:', () => {
  test('the sound one does not', async () => {
    expect(await read(saved(zipWith({})))).toEqual([{ name: 'a', content: 'hello'.repeat(100) }])
  })

  test.each([
    { what: 'longer than said', zip: zipWith({ bytes: 499 }), reason: 'the length' },
    { what: 'shorter than said', zip: zipWith({ bytes: 501 }), reason: 'the length' },
    { what: 'a wrong checksum', zip: zipWith({ crc: 1 }), reason: 'checksum is wrong' },
    { what: 'what is not deflated', zip: zipWith({}).fill(0xff, 31, 40), reason: 'unpacked' },
    { what: 'no header', zip: zipWith({}).fill(0, 0, 4), reason: 'not where the directory says' },
  ])('$what', async ({ zip, reason }) => {
    const entries = readZip(saved(zip), LIMITS)
    const { value } = await entries.next()
    if (value === undefined || 'problem' in value) throw new Error('a document comes first')

    await expect(joinChunks(value.chunks)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining(reason),
    })
    expect(await entries.next()).toEqual({ value: undefined, done: true })
  })

  test('never more than was said is unpacked', async () => {
    let bytes = 0
    for await (const entry of readZip(saved(zipWith({ bytes: 10 })), LIMITS)) {
      if (!('chunks' in entry)) throw entry.problem
      await expect(
        (async () => {
          for await (const chunk of entry.chunks) bytes += chunk.length
        })(),
      ).rejects.toMatchObject({ code: 'invalid-request' })
    }
    expect(bytes).toBe(0)
  })
})

describe('an archive that is broken', () => {
  const ab = zips.add('for n in "ab": z.writestr(n, n * 50, zipfile.ZIP_DEFLATED)')
  const abc = zips.add('for n in "abc": z.writestr(n, n)')

  test('at any octet is an error of the archive or the whole of it, never another', async () => {
    const whole = readFileSync(ab)
    const path = saved(whole)
    for (let cut = 0; cut < whole.length; cut += 1) {
      writeFileSync(path, whole.subarray(0, cut))
      await expect(read(path)).rejects.toMatchObject({
        code: 'invalid-request',
        hints: { entries: 0 },
      })
    }
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole)
      damaged.writeUInt8((whole[at] ?? 0) ^ 0xff, at)
      writeFileSync(path, damaged)
      const taken: TakenEntry[] = []
      const error = await takeAll(readZip(path, LIMITS), taken).catch((thrown: unknown) => thrown)
      if (!Array.isArray(error)) expect(error).toMatchObject({ code: 'invalid-request' })
      for (const entry of taken) {
        if ('content' in entry) expect(['a'.repeat(50), 'b'.repeat(50)]).toContain(entry.content)
      }
    }
  })

  test('in its directory yields what stands before', async () => {
    const bytes = readFileSync(abc)
    bytes.writeUInt8(0, bytes.lastIndexOf('PK\x01\x02'))
    const taken: TakenEntry[] = []

    await expect(takeAll(readZip(saved(bytes), LIMITS), taken)).rejects.toMatchObject({
      code: 'invalid-request',
      hints: { entries: 2 },
    })
    expect(taken.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('is one whose directory has more entries than it says', async () => {
    const bytes = readFileSync(abc)
    bytes.writeUInt16LE(2, bytes.lastIndexOf('PK\x05\x06') + 10)

    await expect(read(saved(bytes))).rejects.toThrow('more entries than it says')
  })

  test.each([
    { what: 'nothing', bytes: Buffer.alloc(0) },
    { what: 'a PDF', bytes: Buffer.from(`%PDF-1.7\n${' '.repeat(5000)}`) },
  ])('is what $what is', async ({ bytes }) => {
    await expect(read(saved(bytes))).rejects.toMatchObject({ code: 'invalid-request' })
  })
})
