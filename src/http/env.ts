import type { HttpBindings } from '@hono/node-server'
import type { Logger } from 'pino'
import type { Viewer } from '../../views/components/viewer.ts'
import type { ApiClient } from '../clients/model.ts'

/** What a request carries on its way through the routes. */
export interface Env {
  /** Absent when a test calls `app.request`: then a body is read from the web `Request`. */
  Bindings: Partial<HttpBindings>
  Variables: {
    requestId: string
    log: Logger
    /** Of whoever has signed in, for the frame of pages. */
    viewer?: Viewer
  }
}

/** The same, behind `authenticate`. */
export interface ClientEnv {
  Bindings: Env['Bindings']
  Variables: Env['Variables'] & { client: ApiClient }
}
