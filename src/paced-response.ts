import { type IncomingMessage, ServerResponse } from 'node:http'

/** Below what a socket takes without asking its writer to wait. */
const TAIL_BYTES = 8 * 1024

/**
 * A response whose last octets leave only once the others have drained.
 *
 * Node stops reading a connection whose writer still waits when the next request begins; over TLS
 * the rest of that request is decrypted already, meets the stopped parser (`HPE_PAUSED`), and the
 * connection is cut. A client cannot begin its next request before it has the last octets of the
 * answer, and those no longer leave a waiting writer behind.
 */
export class PacedResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  override end(...given: readonly unknown[]): this {
    const [body] = given
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    if (!(bytes instanceof Uint8Array) || bytes.length <= TAIL_BYTES) {
      return Reflect.apply(super.end, this, given)
    }
    if (!this.headersSent && !this.hasHeader('content-length')) {
      this.setHeader('content-length', bytes.length)
    }
    const cut = bytes.length - TAIL_BYTES
    const tail = () => super.end(bytes.subarray(cut))
    if (this.write(bytes.subarray(0, cut))) tail()
    else this.once('drain', tail)
    return this
  }
}
