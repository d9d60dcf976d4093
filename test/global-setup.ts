import type { TestProject } from 'vitest/node'
import { startPostgres } from './support/postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the run's PostgreSQL server; tests make databases of their own on it. */
    postgresUrl: string
  }
}

/** One PostgreSQL server for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { urlOf, stop } = await startPostgres()
  project.provide('postgresUrl', urlOf('postgres'))
  return stop
}
