import { request } from 'node:https'
import { defineCommand } from 'citty'
import { readConfig } from '../../config.ts'
import { EXIT, ExitError } from '../exit.ts'

export const healthcheckCommand = defineCommand({
  meta: {
    name: 'healthcheck',
    description: 'Ask the local server whether it is alive (for containers)',
  },
  async run() {
    const { port } = readConfig(process.env).listen
    const status = await aliveStatus(port)
    if (status !== 200) throw new ExitError(EXIT.unreachable, `/healthz answered ${status}`)
  },
})

/** Only aliveness on this very machine is asked, so the certificate's name does not matter. */
function aliveStatus(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path: '/healthz',
      rejectUnauthorized: false,
    })
    outgoing.setTimeout(4_000, () => outgoing.destroy(new Error('no answer within 4 s')))
    outgoing.once('response', (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    outgoing.once('error', (error) => reject(new ExitError(EXIT.unreachable, error.message)))
    outgoing.end()
  })
}
