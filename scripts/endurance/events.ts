import type { IncomingMessage } from 'node:http'

export interface SentEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

/** The events of a stream as they come (HTML, §9.2.6); comments are passed over. */
export async function* eventsOf(answer: IncomingMessage): AsyncGenerator<SentEvent> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line): [string, string] => {
            const colon = line.indexOf(':')
            return [line.slice(0, colon), line.slice(colon + 1).trim()]
          }),
      )
      text = text.slice(end + 2)
      const { event, id, data } = Object.fromEntries(fields)
      if (event !== undefined && id !== undefined && data !== undefined) yield { event, id, data }
    }
  }
}
