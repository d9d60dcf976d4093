import { Confirm } from '../components/confirm.tsx'
import { Field } from '../components/field.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { functionWords } from '../locales/functions.ts'
import { memberWords } from '../locales/members.ts'
import type { FunctionName, MemberFrame } from './frame.ts'

interface ChangePageProps {
  readonly frame: MemberFrame
  readonly personId: string
  readonly name: string
  readonly change: 'suspend' | 'resume' | 'end'
  /** Why it was refused, in words. */
  readonly refusal?: string | undefined
}

/** What will happen to a member, before it does. */
export const ChangePage = ({ frame, personId, name, change, refusal }: ChangePageProps) => {
  const words = memberWords[frame.locale]
  return (
    <Page {...frame} title={words[`${change}Title`](name)} width="narrow">
      {refusal !== undefined && <Notice kind="error">{refusal}</Notice>}
      <Confirm
        action={`/members/${personId}/${change}`}
        csrf={frame.csrf}
        confirm={words[`${change}Submit`]}
        cancelHref={`/members/${personId}`}
        tone={change === 'resume' ? 'primary' : 'danger'}
      >
        <p>{words[`${change}Text`](name)}</p>
      </Confirm>
    </Page>
  )
}

interface EndFunctionPageProps {
  readonly frame: MemberFrame
  readonly personId: string
  readonly name: string
  readonly held: { readonly id: string; readonly function: FunctionName }
  readonly lastDay: string
  readonly refusal?: string | undefined
  readonly error?: string | undefined
}

/** Which function ends, and with which day. */
export const EndFunctionPage = (props: EndFunctionPageProps) => {
  const { frame, personId, name, held, lastDay, refusal, error } = props
  const words = memberWords[frame.locale]
  const text = words.endFunctionText(name, functionWords[frame.locale][held.function])
  return (
    <Page {...frame} title={words.endFunctionTitle} width="narrow">
      {refusal !== undefined && <Notice kind="error">{refusal}</Notice>}
      <Confirm
        action={`/members/${personId}/functions/${held.id}/end`}
        csrf={frame.csrf}
        confirm={words.endFunctionSubmit}
        cancelHref={`/members/${personId}`}
      >
        <p>{text}</p>
        <Field
          name="lastDay"
          type="date"
          label={words.lastDay}
          hint={words.firstDayHint}
          value={lastDay}
          error={error}
        />
      </Confirm>
    </Page>
  )
}
