import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

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
  /** 1 when the guard can sign, else 0. Asked at each scrape. */
  watchGuard(isReady: () => Promise<boolean>): void
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
  return {
    observeRequest: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status }, seconds),
    observeSeal: ({ seal, outcome, seconds }) => seals.observe({ seal, outcome }, seconds),
    watchGuard: (isReady) => {
      new Gauge({
        name: 'sceau_guard_ready',
        help: '1 when the guard holds an open token and can sign.',
        registers: [registry],
        async collect() {
          this.set((await isReady()) ? 1 : 0)
        },
      })
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  }
}
