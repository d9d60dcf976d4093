import { isKeyAlgorithm, KEY_ALGORITHMS, type KeyAlgorithm } from '../../hsm/algorithms.ts'
import { EXIT, ExitError } from './exit.ts'

/** The value of a flag that names a kind of key. @throws ExitError 2. */
export function keyAlgorithmOf(flag: string, text: string): KeyAlgorithm {
  if (isKeyAlgorithm(text)) return text
  throw new ExitError(EXIT.usage, `${flag}: ${text} is none of ${KEY_ALGORITHMS.join(', ')}.`)
}
