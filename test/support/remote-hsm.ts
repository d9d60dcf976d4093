import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts'
import type { SoftHsm } from './softhsm.ts'

/** Where Debian, Ubuntu and others put what p11-kit does not put into PATH. */
const SERVERS = ['/usr/libexec/p11-kit/p11-kit-server', '/usr/lib/p11-kit/p11-kit-server']
const MODULES = [
  '/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so',
  '/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-client.so',
  '/usr/lib64/pkcs11/p11-kit-client.so',
  '/usr/lib/pkcs11/p11-kit-client.so',
]

/** Tokens of SoftHSM that are reached as an HSM on a network is: by p11-kit's remoting. */
export interface RemoteHsm {
  /** What a guard is told of it. */
  readonly settings: {
    readonly module: string
    readonly tokens: string[]
    readonly envOf: Record<string, Record<string, string>>
  }
  /** One for each token, in the order of their labels. */
  readonly proxies: readonly FaultyProxy[]
  stop(): Promise<void>
}

/** Export these tokens, each from a server of its own and behind a proxy of its own. */
export async function startRemoteHsm(hsm: SoftHsm, labels: readonly string[]): Promise<RemoteHsm> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-p11-'))
  const envOf: Record<string, Record<string, string>> = {}
  const servers: ChildProcess[] = []
  const proxies: FaultyProxy[] = []
  for (const [i, label] of labels.entries()) {
    const server = join(dir, `server-${i}`)
    servers.push(await startServer(hsm, label, server))
    const proxy = await startFaultyProxy(join(dir, `proxy-${i}`), server)
    proxies.push(proxy)
    envOf[label] = { P11_KIT_SERVER_ADDRESS: `unix:path=${proxy.socketPath}` }
  }
  return {
    settings: { module: find(MODULES), tokens: [...labels], envOf },
    proxies,
    async stop() {
      await Promise.all(proxies.map((proxy) => proxy.close()))
      for (const server of servers) server.kill('SIGKILL')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function startServer(hsm: SoftHsm, label: string, socket: string): Promise<ChildProcess> {
  const args = ['--foreground', '--provider', hsm.modulePath, '--name', socket]
  const server = spawn(find(SERVERS), [...args, `pkcs11:token=${label}`], {
    env: { ...process.env, ...hsm.env },
    stdio: 'ignore',
  })
  while (!existsSync(socket)) {
    if (server.exitCode !== null) throw new Error('p11-kit-server ended at once')
    await sleep(20)
  }
  return server
}

/** @throws Error if p11-kit is not installed. */
function find(paths: readonly string[]): string {
  const path = paths.find((candidate) => existsSync(candidate))
  if (path === undefined) {
    throw new Error('p11-kit is not installed: apt-get install p11-kit p11-kit-modules')
  }
  return path
}
