import type { AppError } from '../errors.ts'
import { type Problem, problemFor } from './problem.ts'

/** Of documents and of failures, each: beyond, they are only counted. */
const LISTED_MAX = 10_000

/** The last entry of a stream: what became of all that came before it. */
export class StreamReport {
  readonly #about: { readonly seal: string; readonly requestId: string }
  readonly #documents: object[] = []
  readonly #failures: object[] = []
  #sealed = 0
  #failed = 0
  #problem: Problem | undefined

  constructor(about: { readonly seal: string; readonly requestId: string }) {
    this.#about = about
  }

  sealed(document: {
    readonly name: string
    readonly operationId: string
    readonly sealedSha256: string
    readonly warnings: readonly string[]
  }): void {
    this.#sealed += 1
    if (this.#documents.length === LISTED_MAX) return
    const { name, operationId, sealedSha256, warnings } = document
    const warned = warnings.length > 0 && { warnings }
    this.#documents.push({ name, operation: operationId, sealedSha256, ...warned })
  }

  /** @returns The problem, as its own entry says it. */
  failed(name: string, error: AppError): Problem & { readonly name: string } {
    this.#failed += 1
    const problem = problemFor(error)
    if (this.#failures.length < LISTED_MAX) this.#failures.push({ name, problem })
    return { ...problem, name }
  }

  /** The archive could not be read to its end. */
  broken(error: AppError): Problem {
    this.#problem = problemFor(error)
    return this.#problem
  }

  get counts() {
    return { total: this.#sealed + this.#failed, sealed: this.#sealed, failed: this.#failed }
  }

  toJSON() {
    return {
      ...this.#about,
      complete: this.#problem === undefined,
      ...(this.#problem !== undefined && { problem: this.#problem }),
      counts: this.counts,
      documents: this.#documents,
      documentsOmitted: this.#sealed - this.#documents.length,
      failures: this.#failures,
      failuresOmitted: this.#failed - this.#failures.length,
    }
  }
}
