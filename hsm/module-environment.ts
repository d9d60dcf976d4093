/** Secrets and habits of the server that are no business of a vendor's library. */
const WITHHELD = /^(?:SCEAU_|DATABASE_URL$|PG|NODE_OPTIONS$|NODE_CHANNEL_|VITEST)/
/** libuv's default of four threads would be the limit of a library that works asynchronously. */
const THREADPOOL_SIZE = 64

/** The environment of a process that loads a PKCS#11 library: vendors configure theirs by it. */
export function moduleEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  further: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !WITHHELD.test(name)) passed[name] = value
  }
  return { ...passed, UV_THREADPOOL_SIZE: String(THREADPOOL_SIZE), ...further }
}
