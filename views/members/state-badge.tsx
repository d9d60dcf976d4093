import { Badge } from '../components/badge.tsx'
import type { Locale } from '../locales/locale.ts'
import { memberWords } from '../locales/members.ts'
import type { MemberState } from './frame.ts'

const TONES = { invited: 'neutral', active: 'good', suspended: 'warn', ended: 'bad' } as const

export const StateBadge = ({ locale, state }: { locale: Locale; state: MemberState }) => (
  <Badge tone={TONES[state]}>{memberWords[locale].states[state]}</Badge>
)
