import { type Cursor, cursorOn, damaged, peek, skipSpace } from './cursor.ts'
import { parseHexString, parseLiteralString } from './parse-string.ts'
import { isDictAt, parseName, parseValue, type Span } from './parser.ts'

/**
 * Where the value of a key stands in a dictionary that was parsed before, as `parseDict` has it: the
 * last of several. Since what is malformed was refused then, brackets match, and what stands within
 * inner ones is passed over.
 */
export function findSpan(dictionary: Uint8Array, wanted: string): Span | undefined {
  const cursor = cursorOn(dictionary, 2)
  let found: Span | undefined
  for (;;) {
    skipSpace(cursor)
    if (isAt(cursor, '>')) return found
    if (!isAt(cursor, '/')) {
      passValue(cursor)
      continue
    }
    const key = parseName(cursor)
    skipSpace(cursor)
    const start = cursor.pos
    if (!isAt(cursor, '>')) passValue(cursor)
    if (key === wanted) found = { start, end: cursor.pos }
  }
}

function isAt(cursor: Cursor, character: string): boolean {
  return peek(cursor) === character.charCodeAt(0)
}

function passValue(cursor: Cursor): void {
  if (isAt(cursor, '[') || isDictAt(cursor)) passBracketed(cursor)
  else parseValue(cursor, 1)
}

function passBracketed(cursor: Cursor): void {
  let open = 0
  do {
    skipSpace(cursor)
    const byte = peek(cursor)
    if (byte === -1) throw damaged('an object is malformed')
    if (byte === 0x28) parseLiteralString(cursor)
    else if (byte === 0x3c && !isDictAt(cursor)) parseHexString(cursor)
    else {
      if (byte === 0x5b || byte === 0x3c) open += 1
      if (byte === 0x5d || byte === 0x3e) open -= 1
      cursor.pos += byte === 0x3c || byte === 0x3e ? 2 : 1
    }
  } while (open > 0)
}
