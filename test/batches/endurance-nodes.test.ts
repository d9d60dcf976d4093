import { afterEach, expect, test } from 'vitest'
import { mixedSamples } from '../../scripts/endurance/documents.ts'
import { type Installation, install } from '../../scripts/endurance/installation.ts'
import { runNodes } from '../../scripts/endurance/nodes-run.ts'
import { makeDatabaseUrl } from '../support/databases.ts'

const installations: Installation[] = []
afterEach(async () => {
  for (const installation of installations.splice(0)) await installation.remove()
})

test('two servers work on one batch; when one is killed the other ends it', async () => {
  const databaseUrl = await makeDatabaseUrl('postgres')
  const installation = await install({ databaseUrl, env: { SCEAU_THREADS: '1' } })
  installations.push(installation)

  const result = await runNodes(installation, {
    ...{ count: 1000, make: mixedSamples(), every: 50, isHasty: true, random: Math.random },
  })

  const { batch, shares, told, judgement } = result
  expect(batch).toMatchObject({ state: 'completed', counts: { total: 1000, sealed: 1000 } })
  expect(judgement).toEqual({ files: 1000, judgedByPdfsig: 20, faults: [] })
  expect(told).toBe(1000)
  expect(Math.min(...shares)).toBeGreaterThan(0)
}, 120_000)
