import { defineCommand } from 'citty'

export const startCommand = defineCommand({
  meta: { name: 'start', description: 'Run the configured server until SIGTERM' },
  async run() {
    await import('../../main.ts')
  },
})
