import { Facts } from '../components/card.tsx'
import { Confirm } from '../components/confirm.tsx'
import { Field } from '../components/field.tsx'
import { Page } from '../components/page.tsx'
import { Select } from '../components/select.tsx'
import { certificateWords } from '../locales/certificates.ts'
import type { CertificateLine, Frame, ReasonName } from './model.ts'
import { Dependants } from './parts.tsx'

interface ActPageProps extends Frame {
  readonly act: 'suspend' | 'resume' | 'revoke' | 'renew'
  readonly certificate: CertificateLine
  /** Where the form goes, and where one goes who would rather not. */
  readonly action: string
  readonly cancelHref: string
  /** For a revocation. */
  readonly reasons?: readonly ReasonName[] | undefined
  readonly chosen?: string | undefined
  /** A CA is revoked by whoever types its serial again. */
  readonly asksSerial?: boolean | undefined
  readonly errors?: Readonly<Record<string, 'reason' | 'serial'>> | undefined
}

/** The second page before an act: it names serial and holder, and what stops with them. */
export const ActPage = (props: ActPageProps) => {
  const { locale, path, viewer, csrf, act, certificate, action, cancelHref } = props
  const { reasons, chosen, asksSerial = false, errors = {} } = props
  const words = certificateWords[locale]
  const texts = {
    suspend: words.suspendText,
    resume: words.resumeText,
    revoke: words.revokeText,
    renew: words.mineRenewText,
  }
  const isHarmless = act === 'resume' || act === 'renew'
  return (
    <Page {...{ locale, path, viewer }} title={words[act]} width="narrow">
      <Confirm
        {...{ action, csrf, cancelHref }}
        confirm={words[act]}
        tone={isHarmless ? 'primary' : 'danger'}
      >
        <p>{texts[act]}</p>
        <Facts
          items={[
            [words.holder, certificate.holder],
            [words.serial, <code>{certificate.serial}</code>],
            [words.profile, words.profiles[certificate.profile]],
            [
              words.stops,
              isHarmless ? '' : <Dependants locale={locale} dependants={certificate.dependants} />,
            ],
          ]}
        />
        {reasons !== undefined && (
          <Select
            name="reason"
            label={words.reason}
            hint={words.reasonsHelp}
            required
            value={chosen}
            error={errors.reason && words.reasonError}
            options={reasons.map((reason) => ({ value: reason, label: words.reasons[reason] }))}
          />
        )}
        {asksSerial && (
          <>
            <p>{words.authorityText}</p>
            <Field
              name="serial"
              label={words.typedSerial}
              required
              autocomplete="off"
              error={errors.serial && words.serialError}
            />
          </>
        )}
      </Confirm>
    </Page>
  )
}
