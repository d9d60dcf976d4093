import type { PdfObject } from './values.ts'

/**
 * A visible appearance as plain objects. Numbers are local, from 1; references among the objects
 * use them with generation 0. The appender gives them their numbers in the file.
 */
export interface DrawnAppearance {
  /** Local number of the form XObject; its `/BBox` is [0 0 width height] as the page is displayed. */
  readonly form: number
  readonly objects: readonly { readonly number: number; readonly value: PdfObject }[]
}
