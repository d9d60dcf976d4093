import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

/** A mail server for a whole file of tests. */
export interface KeptMailServer {
  readonly url: string
  readonly arrived: readonly { readonly to: readonly string[]; readonly raw: string }[]
  close(): Promise<void>
}

export async function keepMailServer(): Promise<KeptMailServer> {
  const arrived: { to: string[]; raw: string }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    async onData(stream, { envelope }, done) {
      const raw = await text(stream)
      arrived.push({ to: envelope.rcptTo.map(({ address }) => address), raw })
      done()
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on no port')
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    arrived,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
