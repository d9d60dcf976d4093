import { afterEach, expect, test } from 'vitest'
import { mixedSamples } from '../../scripts/endurance/documents.ts'
import { type Installation, install } from '../../scripts/endurance/installation.ts'
import { runKills } from '../../scripts/endurance/kill-run.ts'

const installations: Installation[] = []
afterEach(async () => {
  for (const installation of installations.splice(0)) await installation.remove()
})

test('kill -9 of server, guard and threads: every document is sealed once', async () => {
  const installation = await install({ env: { SCEAU_THREADS: '2' } })
  installations.push(installation)

  const { batch, deaths, judgement } = await runKills(installation, {
    ...{ count: 600, make: mixedSamples(), times: 2, every: 20, random: Math.random },
  })

  expect(batch).toMatchObject({ state: 'completed', counts: { total: 600, sealed: 600 } })
  expect(judgement).toEqual({ files: 600, judgedByPdfsig: 30, faults: [] })
  expect(deaths.server + deaths.guard + deaths.thread).toBeGreaterThan(0)
}, 120_000)
