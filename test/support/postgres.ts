import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

const VERSIONS_DIR = '/usr/lib/postgresql'
const START_TIMEOUT_MS = 60_000

/** A PostgreSQL server of our own, in a temporary folder, reached by a Unix socket alone. */
export interface PostgresServer {
  /** URL of a database of it. */
  urlOf(database: string): string
  stop(): Promise<void>
}

/** @throws Error when PostgreSQL is not installed, or does not start. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = findBinaries()
  const owner = ownerOfFiles()
  const dir = mkdtempSync(join(tmpdir(), 'sceau-postgres-'))
  if (owner !== undefined) chownSync(dir, owner.uid, owner.gid)
  const data = join(dir, 'data')
  const initdb = ['-D', data, '-U', 'sceau', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), initdb, { stdio: 'ignore', cwd: dir, ...owner })
  const urlOf = (database: string) => `postgres://sceau@/${database}?host=${dir}`
  const log = join(dir, 'log')
  const server = runServer(join(bin, 'postgres'), { data, dir, log, owner })
  const stop = async () => {
    server.stdin?.end()
    if (server.exitCode === null) await once(server, 'exit')
  }
  try {
    await waitUntilReady(urlOf('postgres'), log)
  } catch (error) {
    await stop()
    throw error
  }
  return { urlOf, stop }
}

/** Run statements on a database by a connection of their own. */
export async function runOnPostgres(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Debian keeps each version in a folder of its own, outside PATH. */
function findBinaries(): string {
  const versions = existsSync(VERSIONS_DIR) ? readdirSync(VERSIONS_DIR).map(Number) : []
  const newest = versions.sort((a, b) => b - a)[0]
  if (newest === undefined) {
    throw new Error('PostgreSQL is not installed: run `npm test`, or apt-get install postgresql')
  }
  return join(VERSIONS_DIR, String(newest), 'bin')
}

/** PostgreSQL refuses to run as root, so root gives it to another user. */
function ownerOfFiles(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function runServer(
  postgres: string,
  {
    data,
    dir,
    log,
    owner,
  }: Record<'data' | 'dir' | 'log', string> & {
    owner: { uid: number; gid: number } | undefined
  },
): ChildProcess {
  const settings = ['fsync=off', 'full_page_writes=off', 'listen_addresses=', 'max_connections=200']
  const options = settings.flatMap((setting) => ['-c', setting])
  // The end of its input, also when this process is killed, tells the shell to clean up.
  const script = '"$0" "$@" & cat; kill -QUIT $!; wait; rm -rf "$PWD"'
  const output = openSync(log, 'a')
  return spawn('sh', ['-c', script, postgres, '-D', data, '-k', dir, ...options], {
    stdio: ['pipe', output, output],
    cwd: dir,
    ...owner,
  })
}

async function waitUntilReady(url: string, log: string): Promise<void> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; ; await sleep(50)) {
    try {
      return await runOnPostgres(url, 'select 1')
    } catch (error) {
      if (Date.now() < deadline) continue
      throw new Error(`PostgreSQL does not start: ${readFileSync(log, 'utf8')}`, { cause: error })
    }
  }
}
