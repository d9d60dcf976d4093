import { Submit } from '../components/buttons.tsx'
import { Form } from '../components/form.tsx'
import { Radios } from '../components/radios.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { Locale } from '../locales/locale.ts'
import { type StepFrame, StepPage } from './frame.tsx'

/** Step 1. */
export const LanguagePage = ({ frame, chosen }: { frame: StepFrame; chosen: Locale }) => {
  const words = firstRunWords[frame.locale]
  return (
    <StepPage frame={frame} lead={words.languageLead}>
      <Form action="/first-run/language" csrf={frame.csrf}>
        <Radios
          name="locale"
          legend={words.languageLegend}
          hint={words.languageHint}
          value={chosen}
          required
          options={[
            { value: 'fr', label: words.french },
            { value: 'en', label: words.english },
          ]}
        />
        <Submit>{words.continue}</Submit>
      </Form>
    </StepPage>
  )
}
