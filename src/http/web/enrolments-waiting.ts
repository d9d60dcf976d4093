import { enrolmentsWaitingWords } from '../../../views/locales/enrolments-waiting.ts'
import type { Enrolments } from '../../people/enrolment/service.ts'
import type { ListWaiting, Waiting } from './home.tsx'

const { fr, en } = enrolmentsWaitingWords

/** One's own enrolment, and those whose identity one may verify. */
export function waitingEnrolments(
  { waitingFor }: Pick<Enrolments, 'waitingFor'>,
  now: () => number,
): ListWaiting {
  return async ({ personId, actor }) => {
    const { own, toVerify } = await waitingFor(personId, actor)
    const items: Waiting[] = []
    const kind = 'enrolment'
    if (own) {
      items.push({
        kind,
        title: { fr: fr.ownEnrolment, en: en.ownEnrolment },
        detail: { fr: fr.ownEnrolmentDetail, en: en.ownEnrolmentDetail },
        href: '/enrol',
        since: now(),
      })
    }
    if (toVerify > 0) {
      items.push({
        kind,
        title: { fr: fr.toVerify, en: en.toVerify },
        detail: { fr: fr.toVerifyDetail(toVerify), en: en.toVerifyDetail(toVerify) },
        href: '/enrolments',
        since: now(),
      })
    }
    return items
  }
}
