import { type Access, accessOf } from '../../../src/http/web/access.ts'
import type { Site } from './site.ts'

/** A route of the pages. */
export interface Route {
  readonly method: string
  /** As it was registered, with its parameters. */
  readonly path: string
  readonly access: Access['kind'] | undefined
}

const PARAMETER = /:(\w+)(?:\{[^}]*\})?/g

/** Every route of the pages, once. */
export function listRoutes({ web }: Pick<Site, 'web'>): Route[] {
  const found = new Map<string, Route>()
  for (const { method, path, handler } of web.routes) {
    if (method === 'ALL') continue
    const name = `${method} ${path}`
    const access = accessOf(handler)?.kind ?? found.get(name)?.access
    found.set(name, { method, path, access })
  }
  return [...found.values()]
}

export function hasParameter({ path }: Route): boolean {
  return path.includes(':')
}

/** @throws RangeError when a parameter has no value. */
export function addressOf(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(PARAMETER, (_all, name: string) => {
    const value = values[name]
    if (value === undefined) throw new RangeError(`no value for :${name} of ${path}`)
    return encodeURIComponent(value)
  })
}
