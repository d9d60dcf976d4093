/** Where the guard and its supervisor say what happens. A pino logger is one. */
export interface GuardLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}
