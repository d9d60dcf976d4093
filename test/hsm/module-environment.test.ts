import { expect, test } from 'vitest'
import { moduleEnvironment } from '../../hsm/module-environment.ts'

test("a vendor's library sees its own settings and none of the server's secrets", () => {
  const own = {
    ...{ PATH: '/bin', SOFTHSM2_CONF: '/etc/softhsm2.conf', ChrystokiConfigurationPath: '/etc' },
    ...{ SCEAU_API_KEY: 'x', DATABASE_URL: 'x', PGPASSWORD: 'x', NODE_OPTIONS: '--inspect' },
  }
  expect(moduleEnvironment(own, { EXTRA: '1' })).toEqual({
    ...{ PATH: '/bin', SOFTHSM2_CONF: '/etc/softhsm2.conf', ChrystokiConfigurationPath: '/etc' },
    ...{ EXTRA: '1', UV_THREADPOOL_SIZE: '64' },
  })
})
