import { Actions, LinkButton, Submit } from '../components/buttons.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Radios } from '../components/radios.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import { Authorities, type MadeAuthorities } from './authorities.tsx'
import { type StepFrame, StepPage } from './frame.tsx'

interface AuthorityPageProps {
  readonly frame: StepFrame
  /** Kinds of key to choose from, the first one proposed. */
  readonly keys: readonly (keyof (typeof firstRunWords)['fr']['authorityKeyHint'])[]
  /** Absent before the ceremony. */
  readonly made?: MadeAuthorities | undefined
}

/** Step 5. */
export const AuthorityPage = ({ frame, keys, made }: AuthorityPageProps) => {
  const words = firstRunWords[frame.locale]
  return (
    <StepPage frame={frame} lead={words.authorityLead}>
      {made === undefined ? (
        <>
          <p>{words.authorityLater}</p>
          <Form action="/first-run/authority" csrf={frame.csrf}>
            <Radios
              name="key"
              legend={words.authorityKey}
              value={keys[0]}
              required
              options={keys.map((value) => ({
                value,
                label: value.toUpperCase(),
                hint: words.authorityKeyHint[value],
              }))}
            />
            <p class="hint">{words.authorityWait}</p>
            <Submit>{words.authorityMake}</Submit>
          </Form>
        </>
      ) : (
        <>
          <Notice kind="success">{words.authorityDone}</Notice>
          <Authorities made={made} locale={frame.locale} />
          <p>{words.authorityTls}</p>
          <Actions>
            <LinkButton href="/first-run/authority/minutes">{words.authorityPrint}</LinkButton>
            <LinkButton href="/pki/root.cer">{words.authorityRootFile}</LinkButton>
          </Actions>
        </>
      )}
    </StepPage>
  )
}
