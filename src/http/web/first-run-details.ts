import { z } from 'zod'
import type { FirstRun } from '../../first-run/model.ts'

/** What the steps have kept, as the pages show it again. */
const hsm = z.object({
  unset: z.array(z.string()),
  module: z.string().optional(),
  library: z.string().optional(),
  tokens: z.array(
    z.object({
      label: z.string(),
      serial: z.string(),
      slot: z.string(),
      isChosen: z.boolean(),
      lacks: z.array(z.string()),
    }),
  ),
  state: z.enum(['not-asked', 'opening', 'open', 'down', 'pin-refused', 'unusable', 'set-aside']),
  speed: z.object({ signatures: z.number(), msEach: z.number() }).optional(),
})
const authority = z.object({
  sha256: z.string(),
  serial: z.string(),
  subject: z.string(),
  notAfter: z.number(),
  key: z.string(),
})
const tsa = z.discriminatedUnion('ok', [
  z.object({
    url: z.string(),
    ok: z.literal(true),
    at: z.number(),
    aheadMs: z.number(),
    subject: z.string(),
  }),
  z.object({
    url: z.string(),
    ok: z.literal(false),
    problem: z.enum([
      'no-answer',
      'http-status',
      'not-a-response',
      'refused',
      'other-imprint',
      'other-nonce',
      'bad-signature',
      'wrong-certificate',
    ]),
    detail: z.string(),
  }),
])
const DETAILS = {
  organisation: z.object({ name: z.string(), siren: z.string(), kind: z.string() }),
  hsm,
  authority: z.object({ root: authority, issuing: authority }),
  timestamps: z.object({ reports: z.array(tsa).optional(), without: z.boolean().optional() }),
  messages: z.object({
    tested: z.array(z.string()).optional(),
    later: z.boolean().optional(),
  }),
  document: z.object({
    seal: z.string(),
    name: z.string(),
    sha256: z.string(),
    verdict: z.object({ level: z.string() }),
  }),
} as const

type Details = { readonly [Step in keyof typeof DETAILS]: z.infer<(typeof DETAILS)[Step]> }

const READERS: {
  readonly [Step in keyof Details]: (kept: unknown) => Details[Step] | undefined
} = {
  organisation: (kept) => DETAILS.organisation.safeParse(kept).data,
  hsm: (kept) => DETAILS.hsm.safeParse(kept).data,
  authority: (kept) => DETAILS.authority.safeParse(kept).data,
  timestamps: (kept) => DETAILS.timestamps.safeParse(kept).data,
  messages: (kept) => DETAILS.messages.safeParse(kept).data,
  document: (kept) => DETAILS.document.safeParse(kept).data,
}

/** @returns What a step has kept, or undefined when it is not done. */
export function detailOf<Step extends keyof Details>(
  { done }: Pick<FirstRun, 'done'>,
  step: Step,
): Details[Step] | undefined {
  return READERS[step](done.get(step))
}
