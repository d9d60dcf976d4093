import { z } from '@hono/zod-openapi'
import type { SealOptions } from '../../engine/seal-options.ts'

const text = (what: string) => z.string().min(1).max(200).optional().openapi({ description: what })

const Rect = z
  .string()
  .regex(/^-?\d+(\.\d+)?(,-?\d+(\.\d+)?){3}$/, 'is not x,y,width,height in points')
  .transform((value) => {
    const [x = 0, y = 0, width = 0, height = 0] = value.split(',').map(Number)
    return { x, y, width, height }
  })
  .refine(({ width, height }) => width > 0 && height > 0, 'has no width or no height')
  .openapi({
    type: 'string',
    example: '40,40,220,70',
    description:
      'Makes the seal visible: x,y,width,height in points, from the bottom left corner of the page as it is displayed.',
  })

const PAGE_MAX = 1_000_000
const page = {
  description: 'The page of the seal, 1-based; -1 is the last one.',
  example: -1,
} as const
const certify = {
  description: 'Certify instead of approve: 1 no changes, 2 form filling, 3 annotations too.',
} as const

const common = {
  level: z.enum(['B-B']).default('B-B').openapi({ description: 'PAdES baseline level.' }),
  reason: text('Why the document is sealed.'),
  location: text('Where it is sealed.'),
  contact: text('Whom to ask about the seal.'),
  field: z.string().min(1).max(256).optional().openapi({
    description:
      'An existing empty signature field, by its full name. Without it a new one is made.',
  }),
  rect: Rect.optional(),
}

/** How a seal is to look and what it is to say, as members of a query. */
export const sealOptionsQuery = {
  ...common,
  page: z.coerce.number().int().min(-1).max(PAGE_MAX).optional().openapi(page),
  certify: z.enum(['1', '2', '3']).optional().openapi(certify),
}

/** The same as members of JSON, where numbers are numbers. */
export const sealOptionsJson = {
  ...common,
  page: z.number().int().min(-1).max(PAGE_MAX).optional().openapi(page),
  certify: z.literal([1, 2, 3]).optional().openapi(certify),
}

interface Parsed {
  readonly level: SealOptions['level']
  readonly reason?: string | undefined
  readonly location?: string | undefined
  readonly contact?: string | undefined
  readonly field?: string | undefined
  readonly page?: number | undefined
  readonly rect?: SealOptions['rect'] | undefined
  readonly certify?: `${Certify}` | Certify | undefined
}

const CERTIFY = { 1: 1, 2: 2, 3: 3 } as const
type Certify = keyof typeof CERTIFY

export function toSealOptions(parsed: Parsed): SealOptions {
  const { contact, certify, field, level, location, page, reason, rect } = parsed
  return {
    level,
    ...(reason !== undefined && { reason }),
    ...(location !== undefined && { location }),
    ...(contact !== undefined && { contactInfo: contact }),
    ...(field !== undefined && { field }),
    ...(page !== undefined && { page }),
    ...(rect !== undefined && { rect }),
    ...(certify !== undefined && { certify: CERTIFY[certify] }),
  }
}
