import { Badge } from '../components/badge.tsx'
import type { Locale } from '../locales/locale.ts'
import { sealWords } from '../locales/seals.ts'

type SealState = 'draft' | 'active' | 'suspended' | 'retired'
type CertificateState = 'active' | 'suspended' | 'revoked' | 'superseded' | 'expired'

const SEAL_TONES = {
  draft: 'neutral',
  active: 'good',
  suspended: 'warn',
  retired: 'neutral',
} as const
const CERTIFICATE_TONES = {
  active: 'good',
  suspended: 'warn',
  revoked: 'bad',
  superseded: 'neutral',
  expired: 'bad',
} as const

export const SealBadge = ({ locale, state }: { locale: Locale; state: SealState }) => (
  <Badge tone={SEAL_TONES[state]}>{sealWords[locale].states[state]}</Badge>
)

export const CertificateBadge = (props: { locale: Locale; state: CertificateState }) => (
  <Badge tone={CERTIFICATE_TONES[props.state]}>
    {sealWords[props.locale].certificateStates[props.state]}
  </Badge>
)
