import { Page } from './components/page.tsx'
import type { Words } from './locales/fr.ts'
import { type Locale, wordsOf } from './locales/locale.ts'

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: {
    readonly description?: string
    readonly enum?: readonly unknown[]
    readonly default?: unknown
  }
}

interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, unknown>> }
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>
}

/** The part of an OpenAPI 3.1 document that the page shows. */
export interface ApiDescription {
  readonly paths?: Readonly<Record<string, object>>
}

interface ApiPageProps {
  readonly locale: Locale
  readonly description: ApiDescription
}

/** The OpenAPI description for people: drawn on the server, readable without a script. */
export const ApiPage = ({ locale, description }: ApiPageProps) => {
  const words = wordsOf(locale)
  const operations = Object.entries(description.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]: [string, unknown]) =>
      isOperation(operation) ? [{ method, path, operation }] : [],
    ),
  )
  return (
    <Page locale={locale} title={words.apiTitle} path="/api/docs">
      <p class="lead">{words.apiIntro}</p>
      {operations.map(({ method, path, operation }) => (
        <OperationCard method={method} path={path} operation={operation} words={words} />
      ))}
    </Page>
  )
}

function isOperation(item: unknown): item is Operation {
  return typeof item === 'object' && item !== null && 'responses' in item
}

interface OperationCardProps {
  readonly method: string
  readonly path: string
  readonly operation: Operation
  readonly words: Words
}

const OperationCard = ({ method, path, operation, words }: OperationCardProps) => (
  <section class="card operation">
    <h2>
      <span class="method">{method.toUpperCase()}</span> <code>/api/v1{path}</code>
    </h2>
    <p lang="en">{operation.summary}</p>
    {operation.description && <p lang="en">{operation.description}</p>}
    {operation.requestBody?.content && (
      <p>
        {words.apiBody} <code>{Object.keys(operation.requestBody.content).join(', ')}</code>
      </p>
    )}
    {operation.parameters && operation.parameters.length > 0 && (
      <ParameterTable parameters={operation.parameters} words={words} />
    )}
    <AnswerTable responses={operation.responses ?? {}} words={words} />
  </section>
)

const ParameterTable = ({
  parameters,
  words,
}: {
  parameters: readonly Parameter[]
  words: Words
}) => (
  <table>
    <caption>{words.apiParameters}</caption>
    <thead>
      <tr>
        <th scope="col">{words.apiName}</th>
        <th scope="col">{words.apiPlace}</th>
        <th scope="col">{words.apiMeaning}</th>
      </tr>
    </thead>
    <tbody>
      {parameters.map(({ name, in: place, required, description, schema }) => (
        <tr>
          <th scope="row">
            <code>{name}</code>
          </th>
          <td>{required === true ? `${place}, ${words.apiRequired}` : place}</td>
          <td lang="en">
            {description ?? schema?.description}
            {schema?.enum && <code> {schema.enum.join(' | ')}</code>}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const AnswerTable = ({
  responses,
  words,
}: {
  responses: Readonly<Record<string, { readonly description?: string }>>
  words: Words
}) => (
  <table>
    <caption>{words.apiAnswers}</caption>
    <thead>
      <tr>
        <th scope="col">{words.apiStatus}</th>
        <th scope="col">{words.apiMeaning}</th>
      </tr>
    </thead>
    <tbody>
      {Object.entries(responses).map(([status, { description }]) => (
        <tr>
          <th scope="row">{status}</th>
          <td lang="en">{description?.replaceAll('`', '')}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
