import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { GuardStatus } from '../hsm/protocol.ts'

const SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]

interface RequestSample {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly seconds: number
}

/** What `GET /metrics` shows (Prometheus text format). */
export interface Metrics {
  observeRequest(sample: RequestSample): void
  observeSeal(sample: {
    readonly seal: string
    readonly outcome: string
    readonly seconds: number
  }): void
  /** The guard and each of its tokens, asked at each scrape. */
  watchGuard(status: () => Promise<Pick<GuardStatus, 'state' | 'tokens'>>): void
  readonly contentType: string
  render(): Promise<string>
}

export function makeMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'sceau_http_request_seconds',
    help: 'Time from the first byte of a request to its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  })
  const seals = new Histogram({
    name: 'sceau_seal_seconds',
    help: 'Time of one sealing by outcome: sealed, or the slug of the problem.',
    labelNames: ['seal', 'outcome'],
    buckets: SECONDS,
    registers: [registry],
  })
  let askGuard = async () => {}
  return {
    observeRequest: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status }, seconds),
    observeSeal: ({ seal, outcome, seconds }) => seals.observe({ seal, outcome }, seconds),
    watchGuard(status) {
      const show = makeGuardMetrics(registry)
      askGuard = async () => show(await status())
    },
    contentType: registry.contentType,
    async render() {
      await askGuard()
      return registry.metrics()
    },
  }
}

/** @returns What sets them all. */
function makeGuardMetrics(
  registry: Registry,
): (status: Pick<GuardStatus, 'state' | 'tokens'>) => void {
  const registers = [registry]
  const ready = new Gauge({
    name: 'sceau_guard_ready',
    help: '1 when the guard holds an open token and can sign.',
    registers,
  })
  const states = new Gauge({
    name: 'sceau_token_state',
    help: '1 for the state a token of the HSM is in.',
    labelNames: ['token', 'state'],
    registers,
  })
  const latencies = new Gauge({
    name: 'sceau_token_signature_seconds',
    help: 'What one signature takes on one session of the token, as measured last.',
    labelNames: ['token'],
    registers,
  })
  const signatures = new Counter({
    name: 'sceau_token_signatures_total',
    help: 'Signatures by the token since its guard was started.',
    labelNames: ['token'],
    registers,
  })
  const failures = new Counter({
    name: 'sceau_token_failures_total',
    help: 'Calls and requests that the token failed since its guard was started.',
    labelNames: ['token'],
    registers,
  })
  return ({ state, tokens }) => {
    ready.set(state === 'open' ? 1 : 0)
    for (const metric of [states, latencies, signatures, failures]) metric.reset()
    for (const { selector: token, ...report } of tokens) {
      states.set({ token, state: report.state }, 1)
      if (report.latencyMs !== undefined) latencies.set({ token }, report.latencyMs / 1000)
      signatures.inc({ token }, report.signatures)
      failures.inc({ token }, report.failures)
    }
  }
}
