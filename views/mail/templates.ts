import { accountsMail } from './accounts.ts'
import { applianceMail, applianceSms } from './appliance.ts'
import { certificatesMail } from './certificates.ts'
import { enrolmentMail, enrolmentSms } from './enrolment.ts'
import { membersMail } from './members.ts'
import type { Template } from './template.ts'

/** Every kind of mail. An area adds its own file here. */
export const MAIL_TEMPLATES = {
  ...accountsMail,
  ...applianceMail,
  ...certificatesMail,
  ...enrolmentMail,
  ...membersMail,
}

/** Every kind of SMS. */
export const SMS_TEMPLATES = {
  ...applianceSms,
  ...enrolmentSms,
}

type DataOf<One> = One extends Template<infer Data, infer _> ? Data : never
type Notices<Channel extends string, Templates> = {
  readonly [Kind in keyof Templates]: {
    readonly channel: Channel
    readonly kind: Kind
    readonly data: DataOf<Templates[Kind]>
  }
}[keyof Templates]

/** What can be told, by which channel, with what data. */
export type Telling = Notices<'mail', typeof MAIL_TEMPLATES> | Notices<'sms', typeof SMS_TEMPLATES>
