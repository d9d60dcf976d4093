import { Badge } from '../../views/components/badge.tsx'
import { Actions, LinkButton, Submit } from '../../views/components/buttons.tsx'
import { Card, Cards, Facts } from '../../views/components/card.tsx'
import { Checkbox } from '../../views/components/checkbox.tsx'
import { Confirm } from '../../views/components/confirm.tsx'
import { DataTable } from '../../views/components/data-table.tsx'
import { DateOnly, DateTime } from '../../views/components/date-time.tsx'
import { ErrorSummary } from '../../views/components/error-summary.tsx'
import { Field } from '../../views/components/field.tsx'
import { FileField } from '../../views/components/file-field.tsx'
import { Form } from '../../views/components/form.tsx'
import { Notice } from '../../views/components/notice.tsx'
import { Page } from '../../views/components/page.tsx'
import { Pager } from '../../views/components/pager.tsx'
import { Radios } from '../../views/components/radios.tsx'
import { Select } from '../../views/components/select.tsx'
import { Steps } from '../../views/components/steps.tsx'
import { TextArea } from '../../views/components/text-area.tsx'
import type { Viewer } from '../../views/components/viewer.ts'
import type { Locale } from '../../views/locales/locale.ts'

const AT = Date.UTC(2026, 10, 24, 9, 30)

/** A viewer with two organisations, whose every text is `name`. */
function viewerNamed(name: string): Viewer {
  return {
    name,
    capacity: 'Secrétaire générale',
    organisation: 'CROEC de Bretagne',
    capacities: [
      { organisationId: 'o1', organisation: 'CROEC de Bretagne', capacity: 'Secrétaire générale' },
      { organisationId: 'o2', organisation: `Cabinet ${name}`, capacity: 'Expert-comptable' },
    ],
    csrf: 'token',
    nav: [
      { href: '/home', label: 'Accueil', current: true },
      { href: '/members', label: 'Membres', current: false },
      { href: '/certificates', label: 'Certificats', current: false },
    ],
    waiting: 3,
    banner: `Aucun courriel ne part. ${name}`,
  }
}

/**
 * Every component in every state, on one page.
 *
 * @param text - Stands wherever a text from outside may stand.
 */
export const KitchenSink = ({ locale, text }: { locale: Locale; text: string }) => (
  <Page
    locale={locale}
    title={text}
    path="/kitchen?page=2"
    viewer={viewerNamed(text)}
    lead={text}
    actions={<LinkButton href="/new">{text}</LinkButton>}
    scripts={['/static/passkeys.js']}
  >
    <Steps items={['Coordonnées', text, 'Certificat']} current={1} />
    <Notice kind="info">{text}</Notice>
    <Notice kind="success" title={text}>
      {text}
    </Notice>
    <Notice kind="warning" title={text}>
      <p>{text}</p>
    </Notice>
    <Notice kind="error">{text}</Notice>
    <ErrorSummary errors={{ email: text, choice: text }} />
    <Cards>
      <Card title={text}>
        <Facts
          items={[
            ['Titulaire', text],
            ['Depuis', <DateTime at={AT} />],
            ['Jusqu’au', <DateOnly at={AT} />],
            ['Absent', undefined],
          ]}
        />
        <Actions>
          <LinkButton href="/a" tone="primary">
            {text}
          </LinkButton>
          <LinkButton href="/b">{text}</LinkButton>
        </Actions>
      </Card>
      <Card>
        <p>
          <Badge tone="neutral">{text}</Badge> <Badge tone="good">{text}</Badge>{' '}
          <Badge tone="warn">{text}</Badge> <Badge tone="bad">{text}</Badge>
        </p>
      </Card>
    </Cards>
    <Fields text={text} />
    <DataTable
      caption={text}
      head={['Nom', 'État', 'Depuis', 'Acte']}
      rows={[
        [text, <Badge tone="good">actif</Badge>, <DateOnly at={AT} />, <a href="/x">{text}</a>],
        ['Ana', <Badge tone="bad">révoqué</Badge>, <DateOnly at={AT} />, ''],
      ]}
      empty={text}
    />
    <DataTable caption={text} hideCaption head={['Nom']} rows={[]} empty={text} />
    <Pager previous="?page=1" next="?page=3" summary={text} />
    <Confirm
      action="/revocations"
      csrf="token"
      confirm={text}
      cancelHref="/certificates"
      hidden={{ serial: text }}
    >
      <p>{text}</p>
    </Confirm>
  </Page>
)

const Fields = ({ text }: { text: string }) => (
  <Form action="/kitchen" csrf="token" multipart swaps="#content">
    <Field name="email" label={text} type="email" value={text} hint={text} error={text} required />
    <Field name="code" label={text} inputmode="numeric" autocomplete="one-time-code" />
    <Field name="fixed" label={text} value={text} readonly />
    <TextArea name="reason" label={text} value={text} hint={text} />
    <Select
      name="choice"
      label={text}
      required
      error={text}
      options={[
        { value: 'a', label: text },
        { value: 'b', label: 'B', disabled: true },
      ]}
    />
    <Select name="chosen" label={text} value="a" options={[{ value: 'a', label: text }]} />
    <Radios
      name="kind"
      legend={text}
      value="a"
      hint={text}
      options={[
        { value: 'a', label: text, hint: text },
        { value: 'b', label: 'B' },
      ]}
    />
    <Checkbox name="accept" label={text} hint={text} error={text} required />
    <FileField name="identity" label={text} accept="image/png" hint={text} />
    <Actions>
      <Submit>{text}</Submit>
      <Submit tone="secondary" name="then" value="later" formnovalidate>
        {text}
      </Submit>
      <Submit tone="danger">{text}</Submit>
      <Submit disabled>{text}</Submit>
    </Actions>
  </Form>
)
