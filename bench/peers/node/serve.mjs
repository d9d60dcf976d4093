/**
 * What the Node peers share: the bench asks by lines on standard input (bench/peers.ts),
 * `seal ALGORITHM FILE` and `run ALGORITHM SECONDS`, and is answered signatures a second.
 */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

/** A file of the bench: `document.pdf`, `issuer.der`, and an algorithm's `.der`, `.id`, `.p12`. */
export const readMaterial = (name) => readFileSync(join(process.env.PEER_DIR, name))

/**
 * @param {string} file - Of the peer: it runs again in each worker.
 * @param {(algorithm: string) => Promise<() => Promise<Uint8Array>>} makeSealer
 */
export async function serve(file, makeSealer) {
  if (isMainThread) await ask(new URL(file))
  else answer(makeSealer)
}

async function ask(file) {
  const workers = []
  for (let i = 0; i < Number(process.env.PEER_THREADS); i += 1) {
    const worker = new Worker(file)
    await once(worker, 'message')
    workers.push(worker)
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = line.split(' ')
    const chosen = asked[0] === 'seal' ? workers.slice(0, 1) : workers
    const rates = await Promise.all(
      chosen.map(async (worker) => {
        worker.postMessage(asked)
        const [rate] = await once(worker, 'message')
        return rate
      }),
    )
    process.stdout.write(`${rates.reduce((sum, rate) => sum + rate, 0)}\n`)
  }
  process.exit(0)
}

function answer(makeSealer) {
  const sealers = new Map()
  parentPort.on('message', async ([verb, algorithm, rest]) => {
    if (!sealers.has(algorithm)) sealers.set(algorithm, await makeSealer(algorithm))
    const seal = sealers.get(algorithm)
    if (verb === 'seal') {
      writeFileSync(rest, await seal())
      parentPort.postMessage(1)
    } else {
      parentPort.postMessage(await count(seal, Number(rest)))
    }
  })
  parentPort.postMessage('ready')
}

async function count(seal, seconds) {
  const from = performance.now()
  let signatures = 0
  let passed = 0
  while (passed < seconds) {
    await seal()
    signatures += 1
    passed = (performance.now() - from) / 1000
  }
  return signatures / passed
}
