/** Wrong links that are answered as such before they are only told to wait. */
const WRONG_MAX = 20
const FORGIVEN_EACH_MS = 3_000

/**
 * Counts links that lead nowhere: 256 bits cannot be guessed, and who tries all the same gets a few
 * tries a minute. The right link is never refused for it.
 *
 * @returns Whether there were too many, after one more. It takes the time, Unix ms.
 */
export function makeWrongLinks(): (at: number) => boolean {
  let count = 0
  let since = 0
  return (at) => {
    const forgiven = Math.floor(Math.abs(at - since) / FORGIVEN_EACH_MS)
    if (forgiven > 0) {
      count = Math.max(0, count - forgiven)
      since = at
    }
    count = Math.min(count + 1, WRONG_MAX + 1)
    return count > WRONG_MAX
  }
}
