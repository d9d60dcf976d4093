import type { Context } from 'hono'
import { AppError } from '../../errors.ts'
import type { WebEnv } from './web-env.ts'

const FORM_BYTES_MAX = 256 * 1024
/** Forms with a file: an identity document of 10 MB, and the fields beside it. */
const UPLOAD_BYTES_MAX = 11 * 1024 * 1024
/** Far more than any form of ours has. */
const FIELDS_MAX = 200

/**
 * Read the fields of a posted form into `c.var.form`, once, within bounds. Other bodies are left to
 * their routes.
 *
 * @throws AppError `document-too-large`, `invalid-request`.
 */
export async function readPosted(c: Context<WebEnv>): Promise<void> {
  const type = c.req.header('content-type') ?? ''
  const isUpload = type.startsWith('multipart/form-data')
  if (!isUpload && !type.startsWith('application/x-www-form-urlencoded')) return
  const body = await readBounded(c.req.raw, isUpload ? UPLOAD_BYTES_MAX : FORM_BYTES_MAX)
  const form = await new Response(body, { headers: { 'content-type': type } })
    .formData()
    .catch((error) => {
      throw new AppError('invalid-request', 'The form could not be read.', { cause: error })
    })
  // To look each of very many up takes the square of their number.
  if ([...form.keys()].length > FIELDS_MAX) {
    throw new AppError('invalid-request', `A form has ${FIELDS_MAX} fields at most.`)
  }
  c.set('form', form)
}

async function readBounded(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax)
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    if (length > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  return Uint8Array.from(Buffer.concat(chunks))
}

function tooLarge(bytesMax: number): AppError {
  return new AppError(
    'document-too-large',
    `This is more than ${Math.floor(bytesMax / 1024)} KiB: choose a smaller file.`,
  )
}
