import { Hono } from 'hono'
import { type SettingGroup, SettingsPage } from '../../../views/settings/settings-page.tsx'
import { allowed } from './access.ts'
import { frameOf } from './frame.ts'
import type { MemberEnv } from './web-env.ts'

/** Every setting without its secrets, with the outcome of a test made now. */
export type ListSettings = () => Promise<readonly SettingGroup[]>

/** `GET /settings`: what is configured, by which variable, and whether it works. */
export function settingsRoutes({ listSettings }: { listSettings: ListSettings }) {
  return new Hono<MemberEnv>().get('/settings', allowed('settings.read'), async (c) =>
    c.html(<SettingsPage {...frameOf(c)} groups={await listSettings()} />),
  )
}
