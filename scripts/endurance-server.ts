// The server as `sceau start` runs it, but that SIGUSR2 ends one of its engine threads at once, as a
// crash would: nothing in the product can be asked for that.
import type { Worker } from 'node:worker_threads'

const threads = new Set<Worker>()
process.on('worker', (thread) => {
  threads.add(thread)
  thread.once('exit', () => threads.delete(thread))
})
process.on('SIGUSR2', () => {
  const living = [...threads]
  void living[Math.floor(Math.random() * living.length)]?.terminate()
})

await import('../src/main.ts')
