import { bilingual } from './locale.ts'

/** What waits at enrolment, on the home page. */
export const enrolmentsWaitingWords = bilingual(
  {
    ownEnrolment: 'Votre enrôlement attend votre prochaine étape',
    ownEnrolmentDetail: 'Reprenez là où vous vous êtes arrêté.',
    toVerify: 'Des pièces d’identité sont à vérifier',
    toVerifyDetail: (count: number) =>
      count === 1 ? '1 personne attend.' : `${count} personnes attendent.`,
  },
  {
    ownEnrolment: 'Your enrolment waits for your next step',
    ownEnrolmentDetail: 'Go on where you stopped.',
    toVerify: 'Identity documents are to be verified',
    toVerifyDetail: (count: number) => (count === 1 ? '1 person waits.' : `${count} people wait.`),
  },
)
