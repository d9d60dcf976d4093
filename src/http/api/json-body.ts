import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../../errors.ts'
import type { ClientEnv } from '../env.ts'

const JSON_TYPE = /^application\/([a-z.-]+\+)?json\b/i

/** Lets pass what is JSON and no longer than this; the schema of the route judges the rest. */
export function jsonBody(maxBytes: number): MiddlewareHandler<ClientEnv>[] {
  return [
    bodyLimit({
      maxSize: maxBytes,
      onError: () => {
        throw new AppError('invalid-request', `The body is longer than ${maxBytes} bytes.`, {
          hints: { maxBytes },
        })
      },
    }),
    async function requireJson(c, next) {
      if (!JSON_TYPE.test(c.req.header('content-type') ?? '')) {
        throw new AppError('invalid-request', 'Send JSON, with `Content-Type: application/json`.', {
          hints: { field: 'Content-Type' },
        })
      }
      try {
        await c.req.json()
      } catch (error) {
        throw new AppError('invalid-request', 'The body is not JSON.', { cause: error })
      }
      await next()
    },
  ]
}
