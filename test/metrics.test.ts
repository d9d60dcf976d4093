import { expect, test } from 'vitest'
import { makeMetrics } from '../src/metrics.ts'

test('requests and sealings are counted in buckets of time, by what they were', async () => {
  const metrics = makeMetrics()

  metrics.observeRequest({
    method: 'POST',
    route: '/api/v1/seals/:seal/apply',
    status: 200,
    seconds: 0.03,
  })
  metrics.observeSeal({ seal: 'conseil', outcome: 'sealed', seconds: 0.015 })
  metrics.observeSeal({ seal: 'conseil', outcome: 'pdf-damaged', seconds: 0.001 })
  const text = await metrics.render()

  const request = 'method="POST",route="/api/v1/seals/:seal/apply",status="200"'
  expect(text).toContain(`sceau_http_request_seconds_bucket{le="0.02",${request}} 0`)
  expect(text).toContain(`sceau_http_request_seconds_bucket{le="0.05",${request}} 1`)
  expect(text).toContain('sceau_seal_seconds_count{seal="conseil",outcome="sealed"} 1')
  expect(text).toContain('sceau_seal_seconds_count{seal="conseil",outcome="pdf-damaged"} 1')
  expect(text).toContain('process_resident_memory_bytes')
  expect(metrics.contentType).toContain('text/plain')
})

test('the guard is asked at each scrape', async () => {
  const metrics = makeMetrics()
  const main = { selector: 'main', latencyMs: 2, signatures: 7, failures: 1 }
  let state: 'open' | 'down' = 'open'
  metrics.watchGuard(async () => ({ state, tokens: [{ ...main, state }] }))

  const well = await metrics.render()
  expect(well).toContain('sceau_guard_ready 1')
  expect(well).toContain('sceau_token_state{token="main",state="open"} 1')
  expect(well).toContain('sceau_token_signature_seconds{token="main"} 0.002')
  expect(well).toContain('sceau_token_signatures_total{token="main"} 7')
  expect(well).toContain('sceau_token_failures_total{token="main"} 1')

  state = 'down'
  const ill = await metrics.render()
  expect(ill).toContain('sceau_guard_ready 0')
  expect(ill).toContain('sceau_token_state{token="main",state="down"} 1')
  expect(ill).not.toContain('state="open"')
  expect(ill).toContain('sceau_token_signatures_total{token="main"} 7')
})

test('two servers in one process count apart', async () => {
  const [one, other] = [makeMetrics(), makeMetrics()]

  one.observeSeal({ seal: 'conseil', outcome: 'sealed', seconds: 1 })

  expect(await other.render()).not.toContain('conseil')
})
