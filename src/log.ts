import { type Logger, pino } from 'pino'

/** One JSON line per event on standard output; whatever could hold a secret is left out. */
export function makeLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['*.authorization', '*.pin', '*.apiKey', '*.password'],
  })
}
