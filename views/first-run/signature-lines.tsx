import { DataTable } from '../components/data-table.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { Locale } from '../locales/locale.ts'

/** Place, date, and room for signatures by hand. */
export const SignatureLines = ({ locale, count }: { locale: Locale; count: number }) => {
  const words = firstRunWords[locale]
  return (
    <>
      <p>
        {words.minutesPlace} …………………………………… {words.minutesDate} ……………………
      </p>
      <DataTable
        caption={words.minutesSignature}
        hideCaption
        empty=""
        head={[words.minutesName, words.minutesSignature]}
        rows={Array.from({ length: count }, () => ['……………………………………', '……………………………………'])}
      />
    </>
  )
}
