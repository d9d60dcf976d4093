import type { Readable } from 'node:stream'
import { octetsOf } from './batch-api.ts'

export interface SentEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

/**
 * The events of a stream (HTML, §9.2.6), as they come; comments are passed over. It ends where the
 * stream ends or breaks off.
 */
export async function* readEvents(answer: Readable): AsyncGenerator<SentEvent> {
  const decoder = new TextDecoder()
  const chunks = octetsOf(answer)
  let text = ''
  try {
    for (;;) {
      // What breaks off is asked for again: the reader knows the last event.
      const { done, value } = await chunks.next().catch(() => ENDED)
      if (done === true || value === undefined) return
      text += decoder.decode(value, { stream: true })
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const event = parseEvent(text.slice(0, end))
        text = text.slice(end + 2)
        if (event !== undefined) yield event
      }
    }
  } finally {
    await chunks.return(undefined)
  }
}

const ENDED = { done: true, value: undefined } as const

function parseEvent(block: string): SentEvent | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const [, name, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) fields.set(name, value)
  }
  const [event, id, data] = ['event', 'id', 'data'].map((name) => fields.get(name))
  if (event === undefined || id === undefined || data === undefined) return undefined
  return { event, id, data }
}
