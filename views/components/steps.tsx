import { useShellWords } from './in-locale.tsx'

interface StepsProps {
  readonly items: readonly string[]
  /** Counted from 0; `items.length` when all is done. */
  readonly current: number
}

/** Where one stands on a way of several pages. */
export const Steps = ({ items, current }: StepsProps) => {
  const words = useShellWords()
  return (
    <nav class="steps" aria-label={words.stepsLabel}>
      <ol>
        {items.map((item, step) => (
          <li
            class={step < current ? 'step-done' : undefined}
            aria-current={step === current ? 'step' : undefined}
          >
            <span>{item}</span>
            {step < current && <span class="visually-hidden"> ({words.stepDone})</span>}
          </li>
        ))}
      </ol>
    </nav>
  )
}
