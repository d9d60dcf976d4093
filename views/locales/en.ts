import type { Words } from './fr.ts'

export const en: Words = {
  tagline: 'Your organisation’s signing and sealing appliance.',
  homeTitle: 'Home',
  homeSignIn: 'Sign in',
  homeForPrograms: 'For programs',
  homeApiDocs: 'Description of the HTTP interface',
  homeOpenApi: 'The same for machines (OpenAPI 3.1)',
  homeForTrust: 'To verify our seals',
  homeRoot: 'Certificate of the root authority',
  homeIssuing: 'Certificate of the issuing authority',
  homeRootCrl: 'Revocation list of the root authority',
  homeIssuingCrl: 'Revocation list of the issuing authority',
  homeState: 'State of the appliance',
  homeReady: 'Ready to seal?',
  apiTitle: 'HTTP interface',
  apiIntro:
    'Every call carries the header “Authorization: Bearer <key>”. Errors are “application/problem+json” documents (RFC 9457) whose “type” is stable.',
  apiParameters: 'Parameters',
  apiName: 'Name',
  apiPlace: 'In',
  apiMeaning: 'Meaning',
  apiRequired: 'required',
  apiAnswers: 'Answers',
  apiStatus: 'Status',
  apiBody: 'Request body:',
}
