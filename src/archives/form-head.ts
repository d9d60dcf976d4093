/** What the head of a part of a form says (RFC 7578 §4). */
export interface PartHead {
  readonly fileName: string | undefined
  readonly fieldName: string | undefined
  /** Lower case, without its parameters. */
  readonly type: string | undefined
}

/**
 * @returns The boundary of a form by its content type; undefined if it is none, or not one by
 *   RFC 2046 §5.1.1.
 */
export function boundaryOf(contentType: string): string | undefined {
  const { value, parameters } = parseParameters(contentType)
  const boundary = parameters.get('boundary') ?? ''
  const isForm = value.toLowerCase() === 'multipart/form-data'
  return isForm && /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary) ? boundary : undefined
}

/** @param head - The header lines, in UTF-8 as browsers send them. */
export function parsePartHead(head: string): PartHead {
  const headers = new Map<string, string>()
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  const { value, parameters } = parseParameters(headers.get('content-disposition') ?? '')
  const isOfForm = value.toLowerCase() === 'form-data'
  return {
    fileName: isOfForm ? (extendedValue(parameters) ?? parameters.get('filename')) : undefined,
    fieldName: isOfForm ? parameters.get('name') : undefined,
    type: headers.get('content-type')?.split(';')[0]?.trim().toLowerCase(),
  }
}

/** `value; name=token; name="quoted"`, the names in lower case. */
function parseParameters(text: string): { value: string; parameters: Map<string, string> } {
  const parameters = new Map<string, string>()
  const [value = ''] = text.split(';', 1)
  for (const [, name = '', quoted, token] of text
    .slice(value.length)
    .matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gs)) {
    // Only these two are escaped by a backslash; others hold one (as in a path of Windows).
    parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(["\\])/g, '$1') ?? token ?? '')
  }
  return { value: value.trim(), parameters }
}

/** RFC 5987: `filename*=UTF-8''na%C3%AFve`. Forms should not, and some do. */
function extendedValue(parameters: ReadonlyMap<string, string>): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/is.exec(parameters.get('filename*') ?? '')?.[1]
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}
