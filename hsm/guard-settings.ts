import { z } from 'zod'

/** An address of a Unix socket has room for so much. */
const SOCKET_PATH_BYTES_MAX = 107

/** What the name of a socket beside it needs: see `settingsOfWay`. */
const SOCKET_SUFFIX_BYTES_MAX = '.zzzzz.73'.length

/** What one guard is told by whoever starts it. It holds the path of the PIN, never the PIN. */
export const guardSettings = z
  .object({
    /** Path of the PKCS#11 library. */
    module: z.string().min(1),
    /** The tokens that hold the same keys, each `serial:…`, `slot:…` or its label. */
    tokens: z
      .array(z.string().min(1).max(255))
      .min(1)
      .max(16)
      .refine((tokens) => new Set(tokens).size === tokens.length, 'names a token twice'),
    /** Further environment for the library of one token, such as an address of its own. */
    envOf: z.record(z.string(), z.record(z.string(), z.string())).default({}),
    /** Processes for each token, for a module that serves one connection serially. */
    processes: z.int().min(1).max(16).default(1),
    pinFile: z.string().min(1),
    /** Sessions at the same time; by default as many as suit the way to the token, as measured. */
    sessions: z.int().min(1).max(256).optional(),
    socketPath: z
      .string()
      .min(1)
      .refine(
        (path) => Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX,
        `is longer than ${SOCKET_PATH_BYTES_MAX} bytes`,
      ),
    /** Members may use the socket too: a name of /etc/group, or a number. */
    socketGroup: z.string().min(1).optional(),
    /** What one signature may take before the process is given up; the field's default is 10 s. */
    operationMs: z.int().min(100).max(600_000).default(10_000),
    /** How often sessions that nobody uses are asked for a sign of life. */
    keepAliveMs: z.int().min(100).max(3_600_000).default(60_000),
    /** How long a token that signed wrongly is left alone before it is tested; then ever longer. */
    setAsideMs: z.int().min(100).max(3_600_000).default(60_000),
    /** Whether requests wait while a token is being opened; under another guard that one waits. */
    isPatient: z.boolean().default(true),
  })
  .refine(
    ({ tokens, processes, socketPath }) =>
      tokens.length * processes === 1 ||
      Buffer.byteLength(socketPath) <= SOCKET_PATH_BYTES_MAX - SOCKET_SUFFIX_BYTES_MAX,
    { path: ['socketPath'], message: 'leaves no room for the sockets of several tokens beside it' },
  )

export type SettledSettings = z.output<typeof guardSettings>

/**
 * Settings of the guard for one token, under the guard that has these. Its socket lies beside that
 * of the guard above it, under a name that no earlier life of that one has used.
 *
 * @param number - Of all guards for one token.
 */
export function settingsOfWay(
  settings: SettledSettings,
  token: string,
  number: number,
): SettledSettings {
  const { socketGroup: _, ...shared } = settings
  const socketPath = `${settings.socketPath}.${process.pid.toString(36)}.${number.toString(36)}`
  return { ...shared, tokens: [token], processes: 1, socketPath, isPatient: false }
}
