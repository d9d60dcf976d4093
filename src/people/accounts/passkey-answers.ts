import { z } from 'zod'

const base64url = z
  .string()
  .regex(/^[\w-]*$/)
  .max(16_384)
const common = {
  id: base64url.min(1).max(2_048),
  rawId: base64url.max(2_048),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['cross-platform', 'platform']).optional().catch(undefined),
}

/** What `navigator.credentials.create` gives, as `toJSON` writes it (WebAuthn Level 3 §5.1). */
const Registration = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .default([])
      .catch([]),
  }),
})

/** What `navigator.credentials.get` gives. */
const Assertion = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish(),
  }),
})

export function parseRegistration(json: string): z.infer<typeof Registration> | undefined {
  return parse(json, Registration)
}

export function parseAssertion(json: string): z.infer<typeof Assertion> | undefined {
  return parse(json, Assertion)
}

const ClientData = z.object({ challenge: z.string().max(200) })

/** The challenge that an answer says it answers: to find which it was, before it is verified. */
export function challengeOf(clientDataJson: string): string {
  const read = parse(Buffer.from(clientDataJson, 'base64url').toString('utf8'), ClientData)
  return read?.challenge ?? ''
}

function parse<Schema extends z.ZodType>(
  json: string,
  schema: Schema,
): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data
  } catch {
    return undefined
  }
}
