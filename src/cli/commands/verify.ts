import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import { defineCommand } from 'citty'
import { z } from 'zod'
import { EXIT, ExitError } from '../exit.ts'
import { report } from '../output.ts'
import { makeServerClient, SERVER_ARGS, type ServerClient } from '../server-client.ts'

/** What the command reads of a report; the server's own schema has the rest. */
const Verdict = z.object({
  signatures: z.array(
    z.object({
      fieldName: z.string(),
      indication: z.string(),
      subIndication: z.string().nullish(),
      level: z.string().nullish(),
      signer: z.object({ subject: z.string() }).nullish(),
    }),
  ),
})

export const verifyCommand = defineCommand({
  meta: { name: 'verify', description: 'Judge the signatures of PDFs through a server' },
  args: { ...SERVER_ARGS, json: { type: 'boolean', description: 'One JSON line per document' } },
  async run({ args }) {
    if (args._.length === 0) throw new ExitError(EXIT.usage, 'Name the PDFs to verify.')
    const client = makeServerClient(args)
    let failed = 0
    for (const file of args._) {
      const { passed, answer, words } = await verifyFile(client, file)
      if (!passed) failed += 1
      report({ file, passed, report: answer }, args.json === true, `${file}\n${words}`)
    }
    if (failed > 0) throw new ExitError(EXIT.documentFailed, `${failed} did not pass.`)
  },
})

async function verifyFile(client: ServerClient, file: string) {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return { passed: false, answer: null, words: '  cannot be read' }
  const response = await client.post('/verify', createReadStream(file), {
    'content-type': 'application/pdf',
    'content-length': String(found.size),
  })
  const answer = await json(response)
  const verdict = Verdict.safeParse(answer)
  if (!verdict.success) return { passed: false, answer, words: `  HTTP ${response.statusCode}` }
  const { signatures } = verdict.data
  const lines = signatures.map(({ fieldName, indication, subIndication, level, signer }) =>
    [`  ${fieldName}:`, indication, subIndication, level, signer?.subject]
      .filter(Boolean)
      .join(' '),
  )
  const passed =
    signatures.length > 0 && signatures.every(({ indication }) => indication === 'TOTAL_PASSED')
  return { passed, answer, words: lines.join('\n') || '  no signature' }
}
