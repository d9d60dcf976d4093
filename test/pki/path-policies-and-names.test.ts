import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  contextTag,
  encodeOid,
  encodeSequence,
  encodeSetOf,
  encodeSmallInteger,
  encodeTlv,
} from '../../src/cms/der.ts'
import { certificatePolicies, encodeExtension, subjectAltName } from '../../src/pki/extensions.ts'
import { encodeName } from '../../src/pki/name.ts'
import { parseCrl } from '../../src/pki/parsed-crl.ts'
import { validatePath } from '../../src/pki/path.ts'
import type { PolicyWish } from '../../src/pki/policies.ts'
import { parseCertificate } from '../../src/pki/x509.ts'
import {
  caExtensions,
  type Holder,
  issue,
  makeCa,
  makeCrl,
  makeKey,
  makeRoot,
  NOW,
  SEAL_EXTENSIONS,
  toPem,
} from '../support/test-pki.ts'

const [P1, P2, ANY] = ['1.2.3.1', '1.2.3.2', '2.5.29.32.0'] as const
const root = makeRoot('Racine')

/** requireExplicitPolicy after so many certificates (RFC 5280 §4.2.1.11). */
function requireExplicit(skips: number): Uint8Array {
  const value = encodeSequence(encodeTlv(0x80, Uint8Array.of(skips)))
  return encodeExtension('2.5.29.36', value, 'critical')
}

function inhibitAny(skips: number): Uint8Array {
  return encodeExtension('2.5.29.54', encodeSmallInteger(skips), 'critical')
}

const MAPPINGS = encodeExtension(
  '2.5.29.33',
  encodeSequence(encodeSequence(encodeOid(P1), encodeOid(P2))),
  'critical',
)

/** `GeneralName`s. */
const dns = (host: string) => encodeTlv(0x82, Buffer.from(host))
const mail = (box: string) => encodeTlv(0x81, Buffer.from(box))
const uri = (address: string) => encodeTlv(0x86, Buffer.from(address))
const ip = (...octets: number[]) => encodeTlv(0x87, Uint8Array.from(octets))
const directory = (name: Uint8Array) => encodeTlv(contextTag(4), name)

interface Bounds {
  readonly permitted?: readonly Uint8Array[]
  readonly excluded?: readonly Uint8Array[]
  /** A minimum beside the base, which no standard has. */
  readonly minimum?: number
}

function nameConstraints({ permitted = [], excluded = [], minimum }: Bounds): Uint8Array {
  const more = minimum === undefined ? [] : [encodeTlv(0x80, Uint8Array.of(minimum))]
  const trees = (names: readonly Uint8Array[], tag: number) =>
    names.length === 0
      ? []
      : [encodeTlv(contextTag(tag), ...names.map((name) => encodeSequence(name, ...more)))]
  return encodeExtension(
    '2.5.29.30',
    encodeSequence(...trees(permitted, 0), ...trees(excluded, 1)),
    'critical',
  )
}

function alternative(...names: readonly Uint8Array[]): Uint8Array {
  return encodeExtension('2.5.29.17', encodeSequence(...names))
}

interface Case {
  /** What each certificate adds, from the one below the anchor to the end. */
  readonly path: readonly (readonly Uint8Array[])[]
  readonly wish?: PolicyWish
  /** Names of the certificates where they matter. */
  readonly names?: readonly (Uint8Array | undefined)[]
  /** Which of them changes only its key. */
  readonly selfIssued?: number
  readonly isPath: boolean
  readonly unlikeOpenssl?: string
}

const p = (...policies: readonly string[]) => certificatePolicies(policies)
const EXPLICIT: PolicyWish = { requiresExplicitPolicy: true }

/** One attribute of a kind that `encodeName` does not write. */
function nameWith(oid: string, text: string, tag = 0x16): Uint8Array {
  const attribute = encodeSequence(encodeOid(oid), encodeTlv(tag, Buffer.from(text)))
  return encodeSequence(encodeSetOf([attribute]))
}

const ESSAIS = encodeName({ country: 'FR', organisation: 'Essais', commonName: 'x' })
/** C and O alone, by cutting CN off: the name begins with them. */
function base(organisation: string, tag = 0x0c): Uint8Array {
  const attribute = (oid: string, text: string, kind: number) =>
    encodeSetOf([encodeSequence(encodeOid(oid), encodeTlv(kind, Buffer.from(text)))])
  return encodeSequence(attribute('2.5.4.6', 'FR', 0x13), attribute('2.5.4.10', organisation, tag))
}
const OWN = { permitted: [directory(base('Essais'))] }

const POLICIES: Record<string, Case> = {
  'no policies, and none is asked for': { path: [[], []], isPath: true },
  'no policies where one is required': { path: [[], []], wish: EXPLICIT, isPath: false },
  'the same policy all the way': { path: [[p(P1)], [p(P1)]], wish: EXPLICIT, isPath: true },
  'another policy at the end': { path: [[p(P1)], [p(P2)]], wish: EXPLICIT, isPath: false },
  'another policy at the end where none is required': {
    path: [[p(P1)], [p(P2)]],
    isPath: true,
  },
  'a gap in the middle': { path: [[p(P1)], [], [p(P1)]], wish: EXPLICIT, isPath: false },
  'any policy in the middle': { path: [[p(ANY)], [p(P1)]], wish: EXPLICIT, isPath: true },
  'any policy at the end': { path: [[p(P1)], [p(ANY)]], wish: EXPLICIT, isPath: true },
  'the policy that is wanted': {
    path: [[p(P1, P2)], [p(P1)]],
    wish: { ...EXPLICIT, policies: [P1] },
    isPath: true,
  },
  'a policy that is not wanted': {
    path: [[p(P1, P2)], [p(P1)]],
    wish: { ...EXPLICIT, policies: [P2] },
    isPath: false,
  },
  'any policy all the way, and one is wanted': {
    path: [[p(ANY)], [p(ANY)]],
    wish: { ...EXPLICIT, policies: [P2] },
    isPath: true,
  },
  'any policy that the validator inhibits': {
    path: [[p(ANY)], [p(P1)]],
    wish: { ...EXPLICIT, inhibitsAnyPolicy: true },
    isPath: false,
  },
  'any policy that a CA inhibits at once': {
    path: [[p(P1), inhibitAny(0)], [p(ANY)]],
    wish: EXPLICIT,
    isPath: false,
  },
  'any policy that a CA lets pass once': {
    path: [[p(P1), inhibitAny(1)], [p(ANY)], [p(P1)]],
    wish: EXPLICIT,
    isPath: true,
  },
  'any policy that a CA lets pass once, twice': {
    path: [[p(P1), inhibitAny(1)], [p(ANY)], [p(ANY)]],
    wish: EXPLICIT,
    isPath: false,
  },
  'any policy of a CA that changes its key, though it is inhibited': {
    path: [[p(P1), inhibitAny(0)], [p(ANY)], [p(P1)]],
    selfIssued: 1,
    wish: EXPLICIT,
    isPath: true,
  },
  'a CA that requires a policy at once, and there is one': {
    path: [[p(P1), requireExplicit(0)], [p(P1)]],
    isPath: true,
  },
  'a CA that requires a policy at once, and there is none': {
    path: [[p(P1), requireExplicit(0)], []],
    isPath: false,
  },
  'a CA that requires a policy from the second on': {
    path: [[p(P1), requireExplicit(2)], []],
    isPath: true,
  },
  'a CA that requires a policy from the second on, which lacks it': {
    path: [[requireExplicit(1)], [], []],
    isPath: false,
  },
  'the end itself that requires a policy and has none': {
    path: [[p(P1)], [requireExplicit(0)]],
    isPath: false,
  },
  'a requirement that a later CA tries to soften': {
    path: [[p(P1), requireExplicit(0)], [p(P1), requireExplicit(5)], []],
    isPath: false,
  },
  'policies that a CA maps': {
    path: [[p(P1), MAPPINGS], [p(P2)]],
    wish: EXPLICIT,
    isPath: false,
    unlikeOpenssl: 'it follows mappings, which we refuse',
  },
}

const NAMES: Record<string, Case> = {
  'a name within the permitted one': { path: [[nameConstraints(OWN)], []], isPath: true },
  'a name within the permitted one in other letters': {
    path: [[nameConstraints({ permitted: [directory(base('ESSAIS', 0x13))] })], []],
    isPath: true,
  },
  'a name beside the permitted one': {
    path: [[nameConstraints({ permitted: [directory(base('Autres'))] })], []],
    isPath: false,
  },
  'a name within the excluded one': {
    path: [[nameConstraints({ excluded: [directory(base('Essais'))] })], []],
    isPath: false,
  },
  'a name within the excluded one in other letters': {
    path: [[nameConstraints({ excluded: [directory(base('essais', 0x13))] })], []],
    isPath: false,
  },
  'a name beside the excluded one': {
    path: [[nameConstraints({ excluded: [directory(base('Autres'))] })], []],
    isPath: true,
  },
  'a name shorter than the permitted one': {
    path: [[nameConstraints({ permitted: [directory(ESSAIS)] })], []],
    names: [undefined, base('Essais')],
    isPath: false,
  },
  'a CA in between whose name is not permitted': {
    path: [[nameConstraints(OWN)], [], []],
    names: [undefined, base('Autres'), undefined],
    isPath: false,
  },
  'a CA that changes its key bears its own name': {
    path: [[nameConstraints({ permitted: [directory(base('Essais'))] })], [], []],
    selfIssued: 1,
    isPath: true,
  },
  'two CAs whose constraints leave nothing': {
    path: [
      [nameConstraints(OWN)],
      [nameConstraints({ excluded: [directory(base('Essais'))] })],
      [],
    ],
    isPath: false,
  },
  'a host within the permitted domain': {
    path: [
      [nameConstraints({ permitted: [dns('example.org')] })],
      [subjectAltName(['a.EXAMPLE.org'])],
    ],
    isPath: true,
  },
  'a host that only ends alike': {
    path: [
      [nameConstraints({ permitted: [dns('example.org')] })],
      [subjectAltName(['notexample.org'])],
    ],
    isPath: false,
  },
  'one of two hosts beside the permitted domain': {
    path: [
      [nameConstraints({ permitted: [dns('example.org')] })],
      [subjectAltName(['example.org', 'example.com'])],
    ],
    isPath: false,
  },
  'a host within the excluded domain': {
    path: [
      [nameConstraints({ excluded: [dns('example.org')] })],
      [subjectAltName(['a.example.org'])],
    ],
    isPath: false,
  },
  'a kind of name that nothing is said of': {
    path: [[nameConstraints({ permitted: [dns('example.org')] })], [alternative(mail('a@b.c'))]],
    isPath: true,
  },
  'a mailbox on the permitted host': {
    path: [
      [nameConstraints({ permitted: [mail('example.org')] })],
      [alternative(mail('ada@Example.org'))],
    ],
    isPath: true,
  },
  'a mailbox on a host below the permitted host': {
    path: [
      [nameConstraints({ permitted: [mail('example.org')] })],
      [alternative(mail('ada@a.example.org'))],
    ],
    isPath: false,
  },
  'a mailbox below the permitted domain': {
    path: [
      [nameConstraints({ permitted: [mail('.example.org')] })],
      [alternative(mail('ada@a.example.org'))],
    ],
    isPath: true,
  },
  'the excluded mailbox': {
    path: [
      [nameConstraints({ excluded: [mail('ada@example.org')] })],
      [alternative(mail('ada@example.org'))],
    ],
    isPath: false,
  },
  'an excluded mailbox in the subject': {
    path: [[nameConstraints({ excluded: [mail('example.org')] })], []],
    names: [undefined, nameWith('1.2.840.113549.1.9.1', 'ada@example.org')],
    isPath: false,
  },
  'an address within the permitted net': {
    path: [
      [nameConstraints({ permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)] })],
      [subjectAltName(['192.0.2.7'])],
    ],
    isPath: true,
  },
  'an address beside the permitted net': {
    path: [
      [nameConstraints({ permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)] })],
      [subjectAltName(['192.0.3.7'])],
    ],
    isPath: false,
  },
  'an address of the other family': {
    path: [
      [nameConstraints({ permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)] })],
      [subjectAltName(['2001:db8::1'])],
    ],
    isPath: false,
  },
  'a constraint on addresses of the web, which we do not compare': {
    path: [
      [nameConstraints({ permitted: [uri('.example.org')] })],
      [alternative(uri('https://a.example.org/'))],
    ],
    isPath: false,
    unlikeOpenssl: 'it compares them',
  },
  'a constraint with a minimum': {
    path: [[nameConstraints({ ...OWN, minimum: 1 })], []],
    isPath: false,
  },
}

/** The certificates of a case, and the lists of their issuers. */
function build({ path, names = [], selfIssued }: Case) {
  const holders: Holder[] = [root]
  path.forEach((extensions, index) => {
    const issuer = holders[index] ?? root
    const isEnd = index === path.length - 1
    const name = selfIssued === index ? issuer.subject : names[index]
    const wish = {
      key: makeKey(),
      extensions: [...(isEnd ? SEAL_EXTENSIONS : caExtensions()), ...extensions],
      ...(name !== undefined && { subjectName: name }),
    }
    const make = isEnd ? issue : makeCa
    holders.push(make(issuer, isEnd ? 'Cachet' : `Autorité ${index}`, wish))
  })
  const cas = holders.slice(0, -1)
  const leaf = holders.at(-1) ?? root
  return { leaf, between: cas.slice(1), crls: cas.map((ca) => makeCrl(ca)) }
}

type Built = ReturnType<typeof build>

function ours({ leaf, between, crls }: Built, wish: PolicyWish = {}) {
  return validatePath(parseCertificate(leaf.certificate), {
    anchors: [parseCertificate(root.certificate)],
    candidates: between.map(({ certificate }) => parseCertificate(certificate)),
    crls: crls.map(parseCrl),
    at: NOW,
    ...wish,
  })
}

function openssl({ leaf, between, crls }: Built, wish: PolicyWish = {}): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'sceau-path-'))
  const write = (file: string, text: string) => writeFileSync(join(dir, file), text)
  const pem = (holders: readonly Holder[]) => holders.map((h) => toPem(h.certificate)).join('')
  write('leaf.pem', pem([leaf]))
  write('root.pem', pem([root]))
  write('between.pem', pem(between))
  write('crls.pem', crls.map((crl) => toPem(crl, 'X509 CRL')).join(''))
  const policy = [
    '-policy_check',
    ...(wish.requiresExplicitPolicy === true ? ['-explicit_policy'] : []),
    ...(wish.inhibitsAnyPolicy === true ? ['-inhibit_any'] : []),
    ...(wish.policies ?? [ANY]).flatMap((oid) => ['-policy', oid]),
  ]
  const untrusted = between.length === 0 ? [] : ['-untrusted', 'between.pem']
  const { status } = spawnSync(
    'openssl',
    [
      ...['verify', '-crl_check_all', '-no-CAstore', '-no-CApath', '-attime', String(NOW / 1000)],
      ...[...policy, ...untrusted, '-CAfile', 'root.pem', '-CRLfile', 'crls.pem', 'leaf.pem'],
    ],
    { cwd: dir },
  )
  rmSync(dir, { recursive: true })
  return status === 0
}

describe.each([
  { kind: 'policies', cases: POLICIES },
  { kind: 'names', cases: NAMES },
])('$kind', ({ cases }) => {
  test.each(Object.entries(cases))('%s', (_, one) => {
    const built = build(one)

    expect(ours(built, one.wish).problem).toBe(one.isPath ? undefined : 'constraints')
    if (one.unlikeOpenssl === undefined) expect(openssl(built, one.wish)).toBe(one.isPath)
  })
})
