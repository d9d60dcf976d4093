import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeTar } from '../../src/archives/write-tar.ts'
import { makePdf } from '../../test/support/test-pdf.ts'

/** A document of a batch, made when it is asked for. No other number gives the same octets. */
export type MakeDocument = (number: number) => Uint8Array

export function nameOf(number: number): string {
  return `lot-${Math.floor(number / 1000)}/lettre-${number}.pdf`
}

/** The samples in turn, each with a comment behind it. */
export function mixedSamples(dir = 'samples'): MakeDocument {
  const names = readdirSync(dir).filter((name) => name.endsWith('.pdf'))
  const samples = names.sort().map((name) => readFileSync(join(dir, name)))
  return (number) => {
    const sample = samples[number % samples.length]
    if (sample === undefined) throw new RangeError(`there is no PDF in ${dir}`)
    return Buffer.concat([sample, Buffer.from(`% ${number}\n`)])
  }
}

/** One sample, with a comment behind it. */
export function oneSample(name: string, dir = 'samples'): MakeDocument {
  const sample = readFileSync(join(dir, name))
  return (number) => Buffer.concat([sample, Buffer.from(`% ${number}\n`)])
}

/** A page of one line, about a kilobyte. */
export function tinyDocument(): MakeDocument {
  const pdf = makePdf()
  return (number) => Buffer.concat([pdf, Buffer.from(`% ${number}\n`)])
}

/** Documents as a tar archive, one made after the other. */
export function tarOf(make: MakeDocument, range: { from?: number; count: number }) {
  const { from = 0, count } = range
  return writeTar(files())

  async function* files() {
    for (let number = from; number < from + count; number += 1) {
      const bytes = make(number)
      yield { name: nameOf(number), bytes: bytes.length, modifiedAt: 0, chunks: one(bytes) }
    }
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
