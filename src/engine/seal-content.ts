import type { Draw } from '../ades/pades.ts'
import type { DrawnAppearance } from '../pdf/drawn.ts'
import type { Logo, SealKit } from './seal-kit.ts'
import type { SealOptions } from './seal-options.ts'

export interface SealContent {
  readonly lines: readonly string[]
  readonly logo?: Logo
}

/** Draws what a visible seal shows. */
export type DrawSeal = (content: SealContent, box: Parameters<Draw>[0]) => Promise<DrawnAppearance>

const PARIS = new Intl.DateTimeFormat('fr-FR', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'Europe/Paris',
})

/** The lines of a visible seal, in French as the documents are. */
export function sealLines(
  seal: { readonly organisation: string },
  options: SealOptions,
  sealedAt: number,
): string[] {
  return [
    `Scellé par ${seal.organisation}`,
    ...(options.reason === undefined ? [] : [`Motif\u202f: ${options.reason}`]),
    ...(options.location === undefined ? [] : [`Lieu\u202f: ${options.location}`]),
    `Le ${PARIS.format(sealedAt).replace(/^1 /, '1er ')} (heure de Paris)`,
  ]
}

/** What a visible seal shows. */
export function sealContent(
  seal: Pick<SealKit, 'organisation' | 'logo'>,
  options: SealOptions,
  sealedAt: number,
): SealContent {
  const lines = sealLines(seal, options, sealedAt)
  return seal.logo === undefined ? { lines } : { lines, logo: seal.logo }
}
