import { deflateSync } from 'node:zlib'
import type { DrawnAppearance } from '../drawn.ts'
import {
  dict,
  name,
  type PdfObject,
  type PdfRef,
  type PdfStream,
  type PdfValue,
  ref,
} from '../values.ts'

/** The objects of one appearance, numbered as they come. */
export class LocalObjects {
  readonly #objects: { number: number; value: PdfObject }[] = []

  add(value: PdfObject): PdfRef {
    const number = this.#objects.length + 1
    this.#objects.push({ number, value })
    return ref(number)
  }

  finish(form: PdfRef): DrawnAppearance {
    return { form: form.number, objects: this.#objects }
  }
}

/** A stream compressed with Flate (ISO 32000-2 §7.4.4). */
export function flateStream(
  data: Uint8Array,
  entries: Readonly<Record<string, PdfValue | undefined>> = {},
): PdfStream {
  return {
    kind: 'stream',
    dict: dict({ ...entries, Filter: name('FlateDecode') }),
    data: deflateSync(data, { level: 9 }),
  }
}
