import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import type { DocumentPlace, Outcome } from '../../src/engine/job.ts'
import type { SealKit } from '../../src/engine/seal-kit.ts'
import {
  BATCH,
  distinctPdfs,
  type EngineBench,
  jobOf,
  makeEngineBench,
} from '../support/engine-bench.ts'
import { judgeSignatures } from '../support/judges.ts'

let bench: EngineBench
/** Its signatures have no chance in them: the same document comes out the same. */
let rsa: SealKit
beforeAll(async () => {
  bench = await makeEngineBench()
  rsa = await bench.makeKit('rsa-2048')
})
afterAll(() => bench.remove())

function start(wish?: Parameters<EngineBench['startEngine']>[0]): Engine {
  const engine = bench.startEngine(wish)
  onTestFinished(() => engine.close())
  return engine
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** The sealed file of a section that came back. */
function wholeOf(original: Uint8Array, outcome: Outcome | undefined): Buffer {
  if (!outcome?.ok || !(outcome.appended instanceof Uint8Array)) {
    throw new Error(`no section came back: ${JSON.stringify(outcome)}`)
  }
  return Buffer.concat([original, outcome.appended])
}

test('threads say of each document, good or bad, what this thread says', async () => {
  const documents = [...distinctPdfs(40), Buffer.from('no pdf'), ...distinctPdfs(9, 40)]
  const places = bench.place('same.pack', documents)
  const inMemory = documents.map((bytes) => ({ bytes }))

  const here = await bench.sealHere(rsa, places)
  const threads = start()
  const [fromFiles, fromMemory] = await Promise.all([
    threads.seal(rsa, jobOf(places)),
    threads.seal(rsa, jobOf(inMemory)),
  ])

  expect(fromFiles.map(comparable)).toEqual(here.map(comparable))
  expect(fromMemory.map(comparable)).toEqual(here.map(comparable))
  expect(here.filter(({ ok }) => !ok)).toEqual([expect.objectContaining({ code: 'not-a-pdf' })])
  const whole = wholeOf(documents[0] ?? Buffer.of(), here[0])
  expect(here[0]).toMatchObject({ sealedSha256: sha256(whole) })
  expect(judgeSignatures(whole)).toMatchObject({ all: 1, valid: 1, coversAll: true })
})

/** An outcome in which the section is named by its digest. */
function comparable(outcome: Outcome) {
  if (!outcome.ok || !(outcome.appended instanceof Uint8Array)) return outcome
  return { ...outcome, appended: sha256(outcome.appended) }
}

test('a thread that crashes under load loses nothing, and seals nothing twice', async () => {
  const engine = start()
  const jobs = Array.from({ length: 12 }, (_, i) => distinctPdfs(25, i * 25))
  const sealing = jobs.map((documents) =>
    engine.seal(rsa, jobOf(documents.map((bytes) => ({ bytes })))),
  )
  for (let crashes = 0; crashes < 3; crashes += 1) {
    await sleep(100)
    await engine.crashOne()
  }

  const outcomes = await Promise.all(sealing)

  expect(outcomes.map((job) => job.map(originalOf))).toEqual(jobs.map((job) => job.map(sha256)))
})

function originalOf(outcome: Outcome): string {
  return outcome.ok ? outcome.originalSha256 : outcome.message
}

test('a document whose threads end while it waits for its signature is not blamed', async () => {
  let losses = 0
  /** Each thread that waits for a signature ends, four times. */
  const watch = (thread: Worker) => {
    thread.on('message', ({ type }: { type: string }) => {
      if (type !== 'asked' || !isStopped) return
      losses += 1
      if (losses === 4) process.kill(bench.guard.pid(), 'SIGCONT')
      else void thread.terminate()
    })
  }
  let isStopped = false
  process.on('worker', watch)
  onTestFinished(() => void process.off('worker', watch))
  const engine = start({ threads: 1 })
  const [bytes = Buffer.of()] = distinctPdfs(1, 5000)
  await engine.seal(rsa, jobOf([{ bytes }]))
  process.kill(bench.guard.pid(), 'SIGSTOP')
  isStopped = true

  const outcomes = await engine.seal(rsa, jobOf([{ bytes }]))

  expect(outcomes.map(originalOf)).toEqual([sha256(bytes)])
  expect(losses).toBe(4)
})

test('of a job whose thread crashed, each section is in the log where its extent says', async () => {
  const engine = start({ node: 'n2' })
  const documents = distinctPdfs(200)
  const places = bench.place('logged.pack', documents)
  const sealing = engine.seal(rsa, { ...jobOf(places), logOf: BATCH })
  await sleep(150)
  await engine.crashOne()

  const outcomes = await sealing

  const wholes = documents.map((original, i) => {
    const outcome = outcomes[i]
    if (!outcome?.ok || outcome.appended instanceof Uint8Array) throw new Error('it has no extent')
    const { file, offset, length } = outcome.appended
    const section = execFileSync('tail', ['-c', `+${offset + 1}`, join(bench.dir, BATCH, file)])
    const whole = Buffer.concat([original, section.subarray(0, length)])
    return { sha256: sha256(whole), sealedSha256: outcome.sealedSha256 }
  })
  expect(wholes.filter((it) => it.sha256 !== it.sealedSha256)).toEqual([])
  expect(wholes).toHaveLength(200)
})

test('a document that blocks its thread for ever is set aside, and those beside it are sealed', async () => {
  const fifo = join(bench.dir, 'fifo')
  execFileSync('mkfifo', [fifo])
  const engine = start({ silentMs: 4_000 })
  const documents = distinctPdfs(3)
  const [first, second, third] = bench.place('blocked.pack', documents)
  if (first === undefined || second === undefined || third === undefined) throw new Error()
  const places: DocumentPlace[] = [first, second, { path: fifo, offset: 0, length: 9 }, third]

  const outcomes = await engine.seal(rsa, jobOf(places)).finally(() => {
    // A blocked thread ends only when what it waits for comes.
    closeSync(openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK))
  })

  expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false, true])
  expect(outcomes[2]).toMatchObject({ message: expect.stringMatching(/set aside/) })
  expect(outcomes.filter(({ ok }) => ok).map(originalOf)).toEqual(documents.map(sha256))
}, 60_000)

test('a single document is sealed while a large job is under way', async () => {
  const engine = start({ threads: 1 })
  const large = distinctPdfs(500).map((bytes) => ({ bytes }))
  const [bytes = Buffer.of()] = distinctPdfs(1, 1000)
  await engine.seal(rsa, jobOf([{ bytes }]))
  const ended: string[] = []

  const batch = engine.seal(rsa, jobOf(large)).then(() => ended.push('batch'))
  const single = engine
    .seal(rsa, { ...jobOf([{ bytes }]), priority: 'interactive' })
    .then(() => ended.push('single'))
  await Promise.all([batch, single])

  expect(ended).toEqual(['single', 'batch'])
})
