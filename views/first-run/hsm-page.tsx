import { Submit } from '../components/buttons.tsx'
import { Card, Facts } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { Locale } from '../locales/locale.ts'
import { type StepFrame, StepPage } from './frame.tsx'

interface Token {
  readonly label: string
  readonly serial: string
  readonly slot: string
  readonly isChosen: boolean
  readonly lacks: readonly string[]
}

/** What was found of the HSM. */
interface HsmFound {
  readonly unset: readonly string[]
  readonly module?: string | undefined
  readonly library?: string | undefined
  readonly tokens: readonly Token[]
  readonly state: keyof (typeof firstRunWords)['fr']['hsmStates']
  readonly speed?: { readonly signatures: number; readonly msEach: number } | undefined
  readonly problem?: string | undefined
}

interface HsmPageProps {
  readonly frame: StepFrame
  /** Absent before it was asked for. */
  readonly found?: HsmFound | undefined
}

/** Step 4. */
export const HsmPage = ({ frame, found }: HsmPageProps) => {
  const words = firstRunWords[frame.locale]
  const isReady = found?.speed !== undefined
  return (
    <StepPage frame={frame} lead={words.hsmLead}>
      {found !== undefined && <Outcome found={found} locale={frame.locale} />}
      <Form action="/first-run/hsm" csrf={frame.csrf}>
        <Submit tone={isReady ? 'secondary' : 'primary'}>{words.hsmTry}</Submit>
      </Form>
      {found !== undefined && <Findings found={found} words={words} />}
      {found !== undefined && !isReady && <Examples words={words} />}
    </StepPage>
  )
}

type Words = (typeof firstRunWords)['fr']

const Outcome = ({ found, locale }: { found: HsmFound; locale: Locale }) => {
  const words = firstRunWords[locale]
  if (found.speed !== undefined) {
    const { signatures, msEach } = found.speed
    return (
      <Notice kind="success" title={words.hsmReady}>
        {words.hsmMeasured(String(signatures), new Intl.NumberFormat(locale).format(msEach))}
      </Notice>
    )
  }
  return (
    <Notice kind="error" title={words.hsmNotReady}>
      {found.unset.length > 0 && <p>{words.hsmUnset(found.unset.join(', '))}</p>}
      {found.state === 'pin-refused' && <p>{words.hsmPinRefused}</p>}
      {found.problem !== undefined && (
        <p>
          {words.detail}
          {': '}
          <code lang="en">{found.problem}</code>
        </p>
      )}
    </Notice>
  )
}

const Findings = ({ found, words }: { found: HsmFound; words: Words }) => (
  <Card title="HSM">
    <Facts
      items={[
        [words.hsmLibrary, found.library],
        [words.hsmModule, found.module && <code>{found.module}</code>],
        [words.hsmState, words.hsmStates[found.state]],
      ]}
    />
    <DataTable
      caption={words.hsmTokens}
      empty={words.hsmNoTokens}
      head={[words.hsmToken, words.hsmSerial, words.hsmSlot, words.hsmUse, words.hsmLacks]}
      rows={found.tokens.map(({ label, serial, slot, isChosen, lacks }) => [
        label,
        <code>serial:{serial}</code>,
        <code>slot:{slot}</code>,
        isChosen ? words.hsmChosen : words.hsmNotChosen,
        lacks.length === 0 ? '–' : <code>{lacks.join(', ')}</code>,
      ])}
    />
  </Card>
)

/** The library of each HSM as docs/OPERATIONS.md has it, and how its token is named. */
const EXAMPLES = [
  ['SoftHSM', '/usr/lib/softhsm/libsofthsm2.so', 'sceau'],
  ['Thales Luna', '/usr/safenet/lunaclient/lib/libCryptoki2_64.so', 'partition'],
  ['Utimaco CryptoServer', '/opt/utimaco/lib/libcs_pkcs11_R3.so', 'slot:0'],
  ['Entrust nShield', '/opt/nfast/toolkits/pkcs11/libcknfast.so', 'softcard'],
  ['AWS CloudHSM', '/opt/cloudhsm/lib/libcloudhsm_pkcs11.so', 'slot:0'],
  ['Nitrokey NetHSM', '/usr/lib/libnethsm_pkcs11.so', 'nethsm'],
  ['YubiHSM 2', '/usr/lib/pkcs11/yubihsm_pkcs11.so', 'slot:0'],
] as const

const Examples = ({ words }: { words: Words }) => (
  <Card title={words.hsmExamplesTitle}>
    <p>{words.hsmExamplesLead}</p>
    <DataTable
      caption={words.hsmExamplesTitle}
      hideCaption
      empty=""
      head={[words.hsmExampleHsm, 'SCEAU_PKCS11_MODULE', 'SCEAU_PKCS11_TOKENS']}
      rows={EXAMPLES.map(([hsm, module, token]) => [
        hsm,
        <code>{module}</code>,
        <code>{token}</code>,
      ])}
    />
    <p>
      <code>SCEAU_PKCS11_PIN_FILE=/etc/sceau/pin</code>. {words.hsmExamplePinFile}
    </p>
  </Card>
)
