import { readFileSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cleanIdentityFile } from '../../../src/people/enrolment/identity-file.ts'
import { launchChromium } from '../../support/chromium.ts'
import { illness, render } from '../../support/judges.ts'
import { basicObjects, classicPdf, qpdf, streamPdf } from '../../support/pdfs.ts'
import { CMYK, GREY, PHOTOGRAPH, PROGRESSIVE } from './identity-samples.ts'

const HTML = Buffer.from('<html><script>alert("hidden-payload")</script></html>')
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="hidden-payload"/>')
/** A ZIP with one stored file, `hidden-payload`. */
const ZIP = makeZip('hidden-payload')
const HIDDEN = { HTML, SVG, ZIP }

function makeZip(name: string): Buffer {
  const local = Buffer.alloc(30 + name.length)
  local.write('PK\x03\x04', 'latin1')
  local.writeUInt16LE(name.length, 26)
  local.write(name, 30)
  const central = Buffer.alloc(46 + name.length)
  central.write('PK\x01\x02', 'latin1')
  central.writeUInt16LE(name.length, 28)
  central.write(name, 46)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, central, end])
}

/** A JPEG segment. */
function segment(marker: number, body: Uint8Array): Buffer {
  const length = body.length + 2
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 0xff]), body])
}

/** With this right behind the beginning. */
function jpegWith(...parts: Uint8Array[]): Buffer {
  return Buffer.concat([GREY.subarray(0, 2), ...parts, GREY.subarray(2)])
}

/** The markers of a JPEG up to its first scan, independently of the code under test. */
function markersOf(jpeg: Uint8Array): string[] {
  const markers: string[] = []
  for (let at = 2; ; ) {
    const marker = jpeg[at + 1] ?? 0
    markers.push(marker.toString(16))
    if (marker === 0xda || at >= jpeg.length) return markers
    at += 2 + ((jpeg[at + 2] ?? 0) << 8) + (jpeg[at + 3] ?? 0)
  }
}

function chunk(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  out.set(body, 4)
  out.writeUInt32BE(crc32(body), out.length - 4)
  return out
}

interface PngWish {
  readonly width?: number
  readonly height?: number
  readonly colourType?: number
  readonly bitDepth?: number
  readonly interlace?: number
  /** What is compressed; by default white points without filter. */
  readonly decoded?: Uint8Array
  readonly before?: readonly Buffer[]
  readonly behind?: readonly Buffer[]
  readonly dataTail?: Uint8Array
}

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

/** 8 × 8 white points, in as many octets as asked for. */
function png(wish: PngWish = {}): Buffer {
  const { width = 8, height = 8, colourType = 2, bitDepth = 8, interlace = 0 } = wish
  const channels = [1, 0, 3, 1, 2, 0, 4][colourType] ?? 0
  const row = Buffer.alloc(1 + Math.ceil((width * channels * bitDepth) / 8), 0xff)
  row[0] = 0
  const { decoded = Buffer.concat(Array.from({ length: height }, () => row)) } = wish
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([bitDepth, colourType, 0, 0, interlace], 8)
  const compressed = Buffer.concat([deflateSync(decoded), wish.dataTail ?? Buffer.alloc(0)])
  return Buffer.concat([
    PNG_SIGNATURE,
    chunk('IHDR', header),
    ...(wish.before ?? []),
    chunk('IDAT', compressed.subarray(0, 9)),
    chunk('IDAT', compressed.subarray(9)),
    ...(wish.behind ?? []),
    chunk('IEND'),
  ])
}

function chunkTypes(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes)
  const types: string[] = []
  for (let at = 8; at < buffer.length; at += 12 + buffer.readUInt32BE(at)) {
    types.push(buffer.toString('latin1', at + 4, at + 8))
  }
  return types
}

function pdf(more: Record<number, string> = {}): Buffer {
  return classicPdf(basicObjects(more))
}

function catalog(entries: string, more: Record<number, string> = {}): Buffer {
  return pdf({ 1: `<< /Type /Catalog /Pages 2 0 R ${entries} >>`, ...more })
}

function page(entries: string, more: Record<number, string> = {}): Buffer {
  const text = `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] ${entries} >>`
  return pdf({ 3: text, ...more })
}

/** The points of each row of the seven passes of 8 × 8. */
const ADAM7_ROWS = [1, 1, 2, 2, 2, 4, 4, 4, 4, 4, 4, 8, 8, 8, 8]
const INTERLACED = png({
  interlace: 1,
  colourType: 0,
  decoded: Buffer.concat(
    ADAM7_ROWS.map((points, row) => Buffer.from([0, ...Array<number>(points).fill(17 * row)])),
  ),
})
const PALETTE = [
  chunk('PLTE', Buffer.from([255, 0, 0, 0, 255, 0])),
  chunk('tRNS', Buffer.from([9])),
]

const GOOD: Record<string, Buffer> = {
  'a photograph': PHOTOGRAPH,
  'a progressive JPEG': PROGRESSIVE,
  'a grey JPEG': GREY,
  'a CMYK JPEG': CMYK,
  'a PNG': png(),
  'a PNG with transparency': png({ colourType: 6 }),
  'a PNG with a palette': png({
    colourType: 3,
    bitDepth: 1,
    decoded: Buffer.concat(Array.from({ length: 8 }, () => Buffer.from([0, 0xaa]))),
    before: PALETTE,
  }),
  'a PNG of 16 bits': png({ colourType: 0, bitDepth: 16 }),
  'an interlaced PNG': INTERLACED,
  'a PDF': pdf(),
  'a PDF of object streams': streamPdf(basicObjects(), { compressed: [1, 2, 3, 5] }),
}

describe.each(Object.entries(GOOD))('%s', (_name, bytes) => {
  test('is taken, and once more cleaned it stays the same', () => {
    const cleaned = cleanIdentityFile(bytes)
    expect(cleanIdentityFile(cleaned.bytes)).toEqual(cleaned)
    expect(cleaned.bytes.length).toBeLessThan(bytes.length + 600)
  })

  test.each(Object.entries(HIDDEN))('loses what is hidden behind it: %s', (_kind, hidden) => {
    const { bytes: cleaned } = cleanIdentityFile(Buffer.concat([bytes, hidden]))
    expect(cleaned).toEqual(cleanIdentityFile(bytes).bytes)
    expect(Buffer.from(cleaned).includes('hidden-payload')).toBe(false)
  })

  test.each(Object.entries(HIDDEN))('is refused with something before it: %s', (_kind, hidden) => {
    expect(() => cleanIdentityFile(Buffer.concat([hidden, bytes]))).toThrow('neither a JPEG')
  })

  test('that was cut is refused, or whole to the end of its picture', () => {
    for (const part of [0.2, 0.5, 0.8]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part))
      const clean = () => cleanIdentityFile(cut)
      // A PDF can be read without its table, as every reader does.
      if (bytes[0] !== 0x25) expect(clean).toThrow(/ends before|neither/)
      else expect(outcomeOf(cut)).not.toBe('crash')
    }
  })
})

/** `taken`, or the code of the refusal; `crash` for anything else. */
function outcomeOf(bytes: Uint8Array): string {
  try {
    const cleaned = cleanIdentityFile(bytes)
    expect(cleanIdentityFile(cleaned.bytes)).toEqual(cleaned)
    return 'taken'
  } catch (error) {
    const { code, hints } = Object(error)
    return code === 'invalid-request' && hints?.field === 'document' && hints.reason.length > 3
      ? 'refused'
      : 'crash'
  }
}

describe('a JPEG', () => {
  test('keeps which way is up, and nothing else of what the camera says', () => {
    const cleaned = Buffer.from(cleanIdentityFile(PHOTOGRAPH).bytes)
    expect(PHOTOGRAPH.includes('SecretCamera')).toBe(true)
    for (const secret of ['SecretCamera', '2026', 'comment']) {
      expect(cleaned.includes(secret)).toBe(false)
    }
    expect(markersOf(cleaned).filter((marker) => marker === 'e1')).toHaveLength(1)
    const exif = cleaned.subarray(cleaned.indexOf('Exif'))
    expect(exif.subarray(0, 32).toString('hex')).toBe(
      '457869660000' + '4d4d002a00000008' + '0001' + '011200030000000100060000' + '00000000',
    )
  })

  test('keeps of the markers of applications those of its colours', () => {
    const kept = (bytes: Uint8Array) =>
      markersOf(cleanIdentityFile(bytes).bytes).filter((marker) => /^[ef]/.test(marker))
    expect(kept(GREY)).toEqual(['e0'])
    expect(kept(CMYK)).toEqual(['ee'])
  })

  test.each(Object.entries(HIDDEN))('loses %s in its metadata', (_kind, hidden) => {
    const thumbnail = Buffer.concat([Buffer.from('JFIF\0\x01\x02\0\0\x01\0\x01\x05\x05'), hidden])
    const adobe = Buffer.concat([Buffer.from('Adobe\0d\0\0\0\0\0'), hidden])
    const exif = Buffer.concat([Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\0'), hidden])
    const bytes = jpegWith(
      segment(0xe0, thumbnail),
      segment(0xe1, exif),
      segment(0xed, hidden),
      segment(0xfe, hidden),
      segment(0xee, adobe),
    )
    const { bytes: cleaned } = cleanIdentityFile(bytes)
    expect(Buffer.from(cleaned).includes('hidden-payload')).toBe(false)
    expect(Buffer.from(cleaned).includes('PK')).toBe(false)
  })

  test.each([
    ['octets between its parts', jpegWith(segment(0xfe, HTML), HTML), 'does not belong there'],
    ['a table with more behind it', jpegWith(segment(0xdb, Buffer.alloc(70, 1))), 'a table'],
    ['a table of zeros', jpegWith(segment(0xdb, Buffer.alloc(65))), 'a table'],
    ['codes that cannot be', jpegWith(segment(0xc4, Buffer.alloc(17 + 48, 3))), 'a table'],
    ['an unknown part', jpegWith(segment(0x02, HTML)), 'unknown kind'],
    ['two pictures', jpegWith(segment(0xc0, Buffer.alloc(9))), 'not one picture'],
    ['arithmetic coding', jpegWith(segment(0xc9, Buffer.alloc(9))), 'ordinary JPEG'],
  ])('with %s is refused', (_name, bytes, message) => {
    expect(() => cleanIdentityFile(bytes)).toThrow(message)
  })

  test('of sixty thousand points square is refused', () => {
    const bytes = Buffer.from(GREY)
    const frame = bytes.indexOf(Buffer.from('ffc0000b08', 'hex'))
    bytes.writeUInt32BE(0xea60ea60, frame + 5)
    expect(() => cleanIdentityFile(bytes)).toThrow('300 dpi')
  })

  test('in whose scan an archive lies is refused', () => {
    const bytes = Buffer.concat([GREY.subarray(0, -2), ZIP, GREY.subarray(-2)])
    expect(() => cleanIdentityFile(bytes)).toThrow('archive')
  })
})

describe('a PNG', () => {
  test('keeps how its points are meant, and nothing else', () => {
    const bytes = png({
      before: [
        chunk('gAMA', Buffer.from([0, 0, 0xb1, 0x8f])),
        chunk('sRGB', Buffer.from([0])),
        chunk('pHYs', Buffer.alloc(9)),
        chunk('tRNS', Buffer.alloc(6)),
        ...Object.values(HIDDEN).flatMap((hidden) =>
          ['tEXt', 'zTXt', 'iTXt', 'eXIf', 'iCCP', 'vpAg'].map((type) => chunk(type, hidden)),
        ),
        chunk('PLTE', Buffer.from('hidden-payload!')),
      ],
      behind: [chunk('tEXt', HTML), chunk('tIME', Buffer.alloc(7))],
      dataTail: ZIP,
    })
    const { bytes: cleaned } = cleanIdentityFile(bytes)
    expect(chunkTypes(cleaned)).toEqual([
      ...['IHDR', 'sRGB', 'gAMA', 'pHYs', 'tRNS', 'IDAT', 'IEND'],
    ])
    expect(Buffer.from(cleaned).includes('hidden-payload')).toBe(false)
  })

  test('with known parts of the wrong length loses them', () => {
    const before = ['gAMA', 'sRGB', 'pHYs', 'tRNS'].map((type) => chunk(type, HTML))
    expect(chunkTypes(cleanIdentityFile(png({ before })).bytes)).toEqual(['IHDR', 'IDAT', 'IEND'])
  })

  const wrongSum = png()
  wrongSum[40] = (wrongSum[40] ?? 0) ^ 1
  test.each([
    ['a wrong check sum', wrongSum, 'check sum'],
    ['an unknown critical part', png({ before: [chunk('EVIL', HTML)] }), 'EVIL'],
    ['parts in the wrong order', png({ behind: [chunk('IDAT'), ...PALETTE] }), 'order'],
    ['a picture that is shorter than it says', png({ decoded: Buffer.alloc(30) }), 'shorter'],
    ['a picture that is longer', png({ decoded: Buffer.alloc(100_000) }), 'decoded'],
    ['filters that there are not', png({ decoded: Buffer.alloc(200, 9) }), 'decoded'],
    ['a palette that is missing', png({ colourType: 3, bitDepth: 8 }), 'palette'],
    ['a depth that there is not', png({ colourType: 2, bitDepth: 4 }), 'header'],
    ['no points', png({ width: 0 }), '0 × 8'],
  ])('with %s is refused', (_name, bytes, message) => {
    expect(() => cleanIdentityFile(bytes)).toThrow(message)
  })

  test('that would be large when shown is refused before it is decoded', () => {
    const bomb = png({ width: 20_000, height: 20_000, decoded: Buffer.alloc(1000) })
    expect(() => cleanIdentityFile(bomb)).toThrow('300 dpi')
    const deep = png({
      ...{ width: 7_000, height: 7_000, colourType: 6, bitDepth: 16 },
      decoded: Buffer.alloc(10),
    })
    expect(() => cleanIdentityFile(deep)).toThrow('300 dpi')
  })
})

const SCRIPT = '<< /S /JavaScript /JS (app.alert\\(1\\)) >>'

describe('a PDF', () => {
  test.each(Object.entries(HIDDEN))(
    'loses %s between, beside and in its objects',
    (_kind, hidden) => {
      const text = hidden.toString('latin1')
      const body = `<< /Type /Metadata /Subtype /XML /Length ${hidden.length} >>\nstream\n${text}\nendstream`
      const bytes = catalog('/Metadata 7 0 R', {
        7: body,
        8: body,
        9: `(${text.replace(/[\\()]/g, '\\$&')})`,
      })
      const withInfo = bytes
        .toString('latin1')
        .replace('%PDF-', '%PDF-')
        .replace(/(\n1 0 obj)/, `\n%${text.replaceAll(/[\r\n]/g, ' ')}$1`)
      const { bytes: cleaned } = cleanIdentityFile(Buffer.from(withInfo, 'latin1'))
      expect(Buffer.from(cleaned).includes('hidden-payload')).toBe(false)
      expect(Buffer.from(cleaned).includes('PK')).toBe(false)
    },
  )

  test('loses its information, its earlier revisions and where its links lead', () => {
    const link =
      '<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (http://x/) >> >>'
    const bytes = page('/Annots [7 0 R] /LastModified (D:2026)', { 7: link })
    const cleaned = Buffer.from(cleanIdentityFile(bytes).bytes).toString('latin1')
    expect(cleaned).toContain('/Link')
    for (const trace of ['http://x/', 'LastModified', 'D:2026'])
      expect(cleaned).not.toContain(trace)
  })

  test('keeps resources, whatever their names', () => {
    const form =
      '<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 3 >>\nstream\nq Q\nendstream'
    const names = ['A', 'AA', 'V', 'Parent', 'Metadata', 'M']
    const xobjects = names.map((name) => `/${name} 7 0 R`).join(' ')
    const bytes = page(`/Resources << /XObject << ${xobjects} >> >>`, { 7: form })
    const cleaned = Buffer.from(cleanIdentityFile(bytes).bytes).toString('latin1')
    for (const name of names) expect(cleaned).toMatch(new RegExp(`/${name} \\d+ 0 R`))
  })

  test.each([
    ...Object.entries(GOOD).filter(([name]) => name.includes('PDF')),
    ['an attestation with a seal', readFileSync('samples/deliberation-signee.pdf')] as const,
    ['a letter', readFileSync('samples/lettre-de-mission.pdf')] as const,
  ])('is found right by qpdf, and looks as it did: %s', (_name, bytes) => {
    const { bytes: cleaned } = cleanIdentityFile(bytes)
    expect(illness(cleaned)).toBe(0)
    const [before, after] = [render(bytes), render(cleaned)]
    expect([after.width, after.height]).toEqual([before.width, before.height])
    for (let y = 0; y < before.height; y += 3) {
      for (let x = 0; x < before.width; x += 3) {
        if (after.at(x, y) !== before.at(x, y)) throw new Error(`differs at ${x}, ${y}`)
      }
    }
    expect(cleanIdentityFile(cleaned).bytes).toEqual(cleaned)
  })

  test.each([
    ['a script at its opening', catalog(`/OpenAction ${SCRIPT}`), 'script'],
    [
      'a script by its name',
      catalog(`/Names << /JavaScript << /Names [(a) ${SCRIPT}] >> >>`),
      'script',
    ],
    ['a script of a page', page(`/AA << /O ${SCRIPT} >>`), 'script'],
    ['a script of a reference', catalog('/OpenAction 7 0 R', { 7: SCRIPT }), 'script'],
    ['a program', catalog('/OpenAction << /S /Launch /F (cmd.exe) >>'), 'program'],
    ['a form that is sent', catalog('/OpenAction << /S /SubmitForm /F (http://x) >>'), 'program'],
    ['an attached file', catalog('/Names << /EmbeddedFiles << /Names [] >> >>'), 'attached'],
    [
      'a file attached to a page',
      page('/Annots [<< /Subtype /FileAttachment /Rect [0 0 1 1] >>]'),
      'attached',
    ],
    [
      'data elsewhere',
      page('/Contents 7 0 R', { 7: '<< /F (/etc/passwd) /Length 1 >>\nstream\n \nendstream' }),
      'attached',
    ],
    ['a form of programs', catalog('/AcroForm << /XFA [] /Fields [] >>'), 'XFA'],
    ['media', page('/Annots [<< /Subtype /RichMedia /Rect [0 0 1 1] >>]'), 'media'],
  ])('with %s is refused, and told what to do', (_name, bytes, message) => {
    const clean = () => cleanIdentityFile(bytes)
    expect(clean).toThrow(message)
    expect(clean).toThrow('Print it to a new PDF')
  })

  test('that is encrypted, even with no password, is refused', () => {
    expect(() => cleanIdentityFile(qpdf(pdf(), '--encrypt', '', 'owner', '256', '--'))).toThrow(
      'without a password',
    )
  })

  test('that is none is refused', () => {
    expect(() => cleanIdentityFile(Buffer.from(`%PDF-1.7\n${HTML}`))).toThrow('cannot be read')
  })
})

test.each([
  ['nothing', Buffer.alloc(0), 'empty'],
  ['too much', Buffer.concat([PHOTOGRAPH, Buffer.alloc(11 << 20)]), '10 MiB'],
  ['HTML', HTML, 'neither'],
  ['SVG', SVG, 'neither'],
  ['a GIF', Buffer.from('GIF89a'), 'neither'],
  ['HEIC', Buffer.from('\0\0\0\x18ftypheic'), 'Most compatible'],
])('%s is refused', (_name, bytes, message) => {
  expect(() => cleanIdentityFile(bytes)).toThrow(message)
  expect(outcomeOf(bytes)).toBe('refused')
})

describe('whatever comes', () => {
  const starts = fc.constantFrom(...Object.values(GOOD))

  test('octets of any kind are taken or refused', () => {
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 300 }), fc.nat(40), (good, bytes, keep) => {
        expect(outcomeOf(Buffer.concat([good.subarray(0, keep), bytes]))).not.toBe('crash')
      }),
      { numRuns: 400 },
    )
  })

  test('a good file with octets changed, cut out or put in is taken or refused', () => {
    const edits = fc.array(
      fc.record({
        at: fc.nat(2_000),
        cut: fc.nat(20),
        put: fc.uint8Array({ maxLength: 12 }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(starts, edits, (good, each) => {
        const bytes = each.reduce<Buffer>((before, { at, cut, put }) => {
          const from = at % (before.length + 1)
          return Buffer.concat([before.subarray(0, from), put, before.subarray(from + cut)])
        }, good)
        expect(outcomeOf(bytes)).not.toBe('crash')
      }),
      { numRuns: 600 },
    )
  })
})

describe('Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser.close())

  /** Size and points as shown, EXIF heeded. */
  async function look(bytes: Uint8Array, type: string) {
    const tab = await browser.newPage()
    const url = `data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`
    const seen = await tab.evaluate(
      `(async (url) => {
        const image = new Image()
        image.src = url
        await image.decode()
        const { naturalWidth: width, naturalHeight: height } = image
        const canvas = new OffscreenCanvas(width, height)
        const context = canvas.getContext('2d')
        context.drawImage(image, 0, 0)
        return { width, height, points: [...context.getImageData(0, 0, width, height).data].join() }
      })('${url}')`,
    )
    await tab.close()
    return seen
  }

  const pictures = Object.entries(GOOD).filter(([name]) => !name.includes('PDF'))
  test.each(pictures)('sees the same in %s before and after', async (_name, bytes) => {
    const { type, bytes: cleaned } = cleanIdentityFile(bytes)
    expect(await look(cleaned, type)).toEqual(await look(bytes, type))
  })

  test('shows the photograph upright', async () => {
    const { bytes } = cleanIdentityFile(PHOTOGRAPH)
    expect(await look(bytes, 'jpeg')).toMatchObject({ width: 8, height: 16 })
  })
})
