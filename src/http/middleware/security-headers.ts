import type { MiddlewareHandler } from 'hono'

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** Headers for every answer; pages run no script and load no style but our own files. */
export function securityHeaders(): MiddlewareHandler {
  return async function securityHeaders(c, next) {
    // Before the answer is there: a header added to a finished one costs a copy of its body.
    c.header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Referrer-Policy', 'no-referrer')
    c.header('Cross-Origin-Resource-Policy', 'same-origin')
    c.header('Strict-Transport-Security', 'max-age=31536000')
    await next()
  }
}
