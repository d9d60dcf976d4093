/** What a person is in an organisation. */
export type MemberFunction =
  | 'president'
  | 'vice-president'
  | 'secretary-general'
  | 'treasurer'
  | 'elected'
  | 'permanent'
  | 'accountant'
  | 'staff'
  | 'external'
  | 'auditor'
  | 'security-officer'

/** Who may do what within the organisation that the act concerns, by function alone. */
export const MATRIX = {
  'member.list': ['president', 'secretary-general', 'security-officer', 'auditor'],
  'member.invite': ['secretary-general'],
  'member.change': ['secretary-general'],
  'member.suspend': ['president', 'secretary-general', 'security-officer'],
  'identity.verify': ['secretary-general'],
  'enrolment.list': ['president', 'secretary-general', 'security-officer'],
  'enrolment.manage': ['secretary-general'],
  'certificate.list': ['president', 'secretary-general', 'security-officer', 'auditor'],
  'certificate.suspend': ['secretary-general', 'security-officer'],
  'certificate.revoke': ['secretary-general', 'security-officer'],
  'certificate.renew': [],
  'authority.manage': ['security-officer'],
  'seal.list': ['president', 'secretary-general', 'security-officer', 'auditor'],
  'hsm.read': ['secretary-general', 'security-officer'],
  'settings.read': ['secretary-general', 'security-officer'],
  'settings.change': ['secretary-general'],
  'notice.list': ['secretary-general'],
  'journal.read': ['secretary-general', 'auditor', 'security-officer'],
  'organisation.found': ['president', 'secretary-general', 'accountant'],
} as const satisfies Readonly<Record<string, readonly MemberFunction[]>>

export type MatrixAction = keyof typeof MATRIX

/** What a person may always do about what is his own. */
export const OWN_ACTS: readonly MatrixAction[] = [
  'certificate.suspend',
  'certificate.revoke',
  'certificate.renew',
]

/** What nobody may do about himself, whatever he is. */
export const NEVER_ABOUT_ONESELF: readonly MatrixAction[] = ['identity.verify']
