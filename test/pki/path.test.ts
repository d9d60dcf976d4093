import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeSequence } from '../../src/cms/der.ts'
import { encodeExtension, keyUsage } from '../../src/pki/extensions.ts'
import { parseCrl } from '../../src/pki/parsed-crl.ts'
import { type PathProblem, validatePath } from '../../src/pki/path.ts'
import { parseCertificate } from '../../src/pki/x509.ts'
import {
  caExtensions,
  constraints,
  DAY_MS,
  type Holder,
  issue,
  makeCa,
  makeCrl,
  makeKey,
  makeRoot,
  NOW,
  SEAL_EXTENSIONS,
  toPem,
  unknownExtension,
} from '../support/test-pki.ts'

interface Case {
  readonly leaf: Holder
  readonly between?: readonly Holder[]
  readonly crls: readonly Uint8Array[]
  readonly anchors?: readonly Holder[]
}

const root = makeRoot('Racine')
const ca = makeCa(root, 'Emission')
const rootCrl = makeCrl(root)
const caCrl = makeCrl(ca)
const stranger = makeRoot('Racine')

function below(issuing: Holder, crls: readonly Uint8Array[] = [rootCrl, makeCrl(issuing)]): Case {
  return { leaf: issue(issuing, 'Cachet'), between: [issuing], crls }
}

function two(upper: Holder, lower: Holder): Case {
  const crls = [rootCrl, makeCrl(upper), makeCrl(lower)]
  return { leaf: issue(lower, 'Cachet'), between: [upper, lower], crls }
}

/** Every case with our verdict, and why OpenSSL's is another where it is. */
const CASES: Record<string, { make: () => Case; problem?: PathProblem; unlikeOpenssl?: string }> = {
  'a leaf below an issuing CA': { make: () => below(ca) },
  'a leaf right below the anchor': {
    make: () => ({ leaf: issue(root, 'Cachet'), crls: [rootCrl] }),
  },
  'an intermediate without keyUsage': {
    make: () => below(makeCa(root, 'Emission', { extensions: [constraints(true)] })),
  },
  'an intermediate that may not sign certificates': {
    make: () =>
      below(makeCa(root, 'Emission', { extensions: [constraints(true), keyUsage([0, 6])] })),
    problem: 'constraints',
  },
  'an intermediate that is no CA': {
    make: () =>
      below(makeCa(root, 'Emission', { extensions: [constraints(false), keyUsage([5, 6])] })),
    problem: 'constraints',
  },
  'an intermediate without basicConstraints': {
    make: () => below(makeCa(root, 'Emission', { extensions: [keyUsage([5, 6])] })),
    problem: 'constraints',
  },
  'an intermediate of version 1': {
    make: () => below(makeCa(root, 'Emission', { extensions: [] })),
    problem: 'constraints',
  },
  'a seal that issues a seal': {
    make: () => below(issue(ca, 'Cachet d’un autre'), [rootCrl, caCrl]),
    problem: 'no-chain',
  },
  'a path as long as pathLength lets it be': {
    make: () => {
      const upper = makeCa(root, 'Haute', { extensions: caExtensions(1) })
      return two(upper, makeCa(upper, 'Basse', { extensions: caExtensions(0) }))
    },
  },
  'a path longer than pathLength': {
    make: () => {
      const upper = makeCa(root, 'Haute', { extensions: caExtensions(0) })
      return two(upper, makeCa(upper, 'Basse'))
    },
    problem: 'constraints',
  },
  'a CA that signed its own next key does not count for pathLength': {
    make: () => {
      const old = makeCa(root, 'Emission', { extensions: caExtensions(0) })
      return two(old, makeCa(old, 'Emission', { extensions: caExtensions(0) }))
    },
  },
  'a path longer than the pathLength of the root': {
    make: () => {
      const short = makeRoot('Racine courte', { extensions: caExtensions(0) })
      const issuing = makeCa(short, 'Emission')
      return { ...below(issuing, [makeCrl(short), makeCrl(issuing)]), anchors: [short] }
    },
    problem: 'constraints',
  },
  'an anchor that is no CA issues nothing': {
    make: () => {
      const person = makeRoot('Une personne', { extensions: SEAL_EXTENSIONS })
      return { leaf: issue(person, 'Cachet'), crls: [makeCrl(person)], anchors: [person] }
    },
    problem: 'constraints',
  },
  'an anchor of version 1': {
    make: () => {
      const old = makeRoot('Racine ancienne', { extensions: [] })
      return { leaf: issue(old, 'Cachet'), crls: [makeCrl(old)], anchors: [old] }
    },
  },
  'an expired anchor stays one': {
    make: () => {
      const old = makeRoot('Racine ancienne', { notAfter: NOW - DAY_MS })
      return { leaf: issue(old, 'Cachet'), crls: [makeCrl(old)], anchors: [old] }
    },
    unlikeOpenssl: 'it judges the dates of an anchor',
  },
  'an issuer’s name that is another’s': {
    make: () => ({
      leaf: issue(ca, 'Cachet', { issuerName: root.subject }),
      between: [ca],
      crls: [rootCrl, caCrl],
    }),
    problem: 'no-chain',
  },
  'a signature by another key': {
    make: () => ({
      leaf: issue({ ...ca, key: makeKey() }, 'Cachet'),
      between: [ca],
      crls: [rootCrl, caCrl],
    }),
    problem: 'no-chain',
  },
  'an intermediate that is missing': {
    make: () => ({ leaf: issue(ca, 'Cachet'), crls: [rootCrl, caCrl] }),
    problem: 'no-chain',
  },
  'a root of the anchor’s name, of another key': {
    make: () => {
      const issuing = makeCa(stranger, 'Emission')
      const crls = [makeCrl(stranger), makeCrl(issuing)]
      return { leaf: issue(issuing, 'Cachet'), between: [issuing, stranger], crls }
    },
    problem: 'no-chain',
  },
  'an unknown critical extension of the leaf': {
    make: () => ({
      leaf: issue(ca, 'Cachet', { extensions: [...SEAL_EXTENSIONS, unknownExtension('critical')] }),
      between: [ca],
      crls: [rootCrl, caCrl],
    }),
    problem: 'constraints',
  },
  'an unknown critical extension of a CA': {
    make: () =>
      below(
        makeCa(root, 'Emission', { extensions: [...caExtensions(), unknownExtension('critical')] }),
      ),
    problem: 'constraints',
  },
  'an unknown extension that is not critical': {
    make: () =>
      below(makeCa(root, 'Emission', { extensions: [...caExtensions(), unknownExtension()] })),
  },
  'an expired leaf': {
    make: () => ({
      leaf: issue(ca, 'Cachet', { notAfter: NOW - 1_000 }),
      between: [ca],
      crls: [rootCrl, caCrl],
    }),
    problem: 'expired',
  },
  'a leaf from tomorrow': {
    make: () => ({
      leaf: issue(ca, 'Cachet', { notBefore: NOW + DAY_MS }),
      between: [ca],
      crls: [rootCrl, caCrl],
    }),
    problem: 'not-yet-valid',
  },
  'an expired intermediate': {
    make: () => below(makeCa(root, 'Emission', { notAfter: NOW - 1_000 })),
    problem: 'expired',
  },
  'a leaf signed with SHA-1': {
    make: () => ({
      leaf: issue(ca, 'Cachet', { hash: 'sha1' }),
      between: [ca],
      crls: [rootCrl, caCrl],
    }),
    problem: 'weak-algorithm',
    unlikeOpenssl: 'at its default level SHA-1 is good enough',
  },
  'a key that is too short': {
    make: () => ({
      leaf: issue(ca, 'Cachet', { key: makeKey('secp224r1') }),
      between: [ca],
      crls: [rootCrl, caCrl],
    }),
    problem: 'weak-algorithm',
    unlikeOpenssl: 'at its default level 112 bits are enough',
  },
  'a revoked leaf': {
    make: () => {
      const leaf = issue(ca, 'Cachet')
      return { leaf, between: [ca], crls: [rootCrl, makeCrl(ca, { revoked: [leaf.certificate] })] }
    },
    problem: 'revoked',
  },
  'a revoked intermediate': {
    make: () => {
      const crls = [makeCrl(root, { revoked: [ca.certificate] }), caCrl]
      return { leaf: issue(ca, 'Cachet'), between: [ca], crls }
    },
    problem: 'revoked',
  },
  'no CRL of the leaf’s issuer': {
    make: () => below(ca, [rootCrl]),
    problem: 'revocation-unknown',
  },
  'no CRL of the root': { make: () => below(ca, [caCrl]), problem: 'revocation-unknown' },
  'an expired CRL': {
    make: () => below(ca, [rootCrl, makeCrl(ca, { nextUpdate: NOW - 1_000 })]),
    problem: 'revocation-unknown',
  },
  'a CRL from tomorrow': {
    make: () =>
      below(ca, [rootCrl, makeCrl(ca, { thisUpdate: NOW + DAY_MS, nextUpdate: NOW + 2 * DAY_MS })]),
    problem: 'revocation-unknown',
  },
  'a CRL that never ends': {
    make: () => below(ca, [rootCrl, makeCrl(ca, { nextUpdate: null })]),
    problem: 'revocation-unknown',
    unlikeOpenssl: 'it takes it as current for ever',
  },
  'a CRL signed by another key': {
    make: () => below(ca, [rootCrl, makeCrl(ca, { key: makeKey() })]),
    problem: 'revocation-unknown',
  },
  'a CRL of another issuer': {
    make: () => below(ca, [rootCrl, makeCrl(makeCa(root, 'Une autre'))]),
    problem: 'revocation-unknown',
  },
  'a CRL signed with SHA-1': {
    make: () => below(ca, [rootCrl, makeCrl(ca, { hash: 'sha1' })]),
    problem: 'revocation-unknown',
    unlikeOpenssl: 'at its default level SHA-1 is good enough',
  },
  'a CRL with an unknown critical extension': {
    make: () => below(ca, [rootCrl, makeCrl(ca, { extensions: [unknownExtension('critical')] })]),
    problem: 'revocation-unknown',
  },
  'a CRL whose entry has an unknown critical extension': {
    make: () => {
      const revoked = [issue(ca, 'Un autre').certificate]
      const entryExtensions = [unknownExtension('critical')]
      return below(ca, [rootCrl, makeCrl(ca, { revoked, entryExtensions })])
    },
    problem: 'revocation-unknown',
  },
  'a CRL for CAs only, though it is not marked critical': {
    make: () => {
      const onlyCas = encodeExtension('2.5.29.28', encodeSequence(Uint8Array.of(0x82, 1, 0xff)))
      return below(ca, [rootCrl, makeCrl(ca, { extensions: [onlyCas] })])
    },
    problem: 'revocation-unknown',
  },
  'a CRL of a CA that may not sign CRLs': {
    make: () => below(makeCa(root, 'Emission', { extensions: [constraints(true), keyUsage([5])] })),
    problem: 'revocation-unknown',
  },
  'two CAs that certify each other, and no anchor': {
    make: () => {
      const [a, b] = [makeRoot('A'), makeRoot('B')]
      const aByB = makeCa(b, 'A', { key: a.key })
      const bByA = makeCa(a, 'B', { key: b.key })
      return { leaf: issue(a, 'Cachet'), between: [aByB, bByA], crls: [makeCrl(a), makeCrl(b)] }
    },
    problem: 'no-chain',
  },
  'a cross-certificate that leads to the anchor': {
    make: () => {
      const other = makeRoot('Autre racine')
      const cross = makeCa(root, 'Autre racine', { key: other.key })
      const leaf = issue(other, 'Cachet')
      return { leaf, between: [other, cross], crls: [rootCrl, makeCrl(other)] }
    },
    unlikeOpenssl: 'it tries one path only',
  },
  'of two certificates of one CA the one that still lives': {
    make: () => {
      const old = makeCa(root, 'Emission', { notAfter: NOW - DAY_MS })
      const renewed = makeCa(root, 'Emission', { key: old.key })
      return {
        leaf: issue(old, 'Cachet'),
        between: [old, renewed],
        crls: [rootCrl, makeCrl(old)],
      }
    },
    unlikeOpenssl: 'it tries one path only',
  },
}

function ours({ leaf, between = [], crls, anchors = [root] }: Case) {
  const parse = (holders: readonly Holder[]) =>
    holders.map(({ certificate }) => parseCertificate(certificate))
  return validatePath(parseCertificate(leaf.certificate), {
    anchors: parse(anchors),
    candidates: parse(between),
    crls: crls.map(parseCrl),
    at: NOW,
  })
}

function openssl({ leaf, between = [], crls, anchors = [root] }: Case): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'sceau-path-'))
  const write = (file: string, text: string) => writeFileSync(join(dir, file), text)
  const pem = (holders: readonly Holder[]) => holders.map((h) => toPem(h.certificate)).join('')
  write('leaf.pem', pem([leaf]))
  write('anchors.pem', pem(anchors))
  write('between.pem', pem(between))
  write('crls.pem', crls.map((crl) => toPem(crl, 'X509 CRL')).join(''))
  const at = ['-attime', String(NOW / 1000)]
  const files = ['-CAfile', 'anchors.pem', '-CRLfile', 'crls.pem', 'leaf.pem']
  const untrusted = between.length === 0 ? [] : ['-untrusted', 'between.pem']
  const args = ['verify', '-crl_check_all', '-no-CAstore', '-no-CApath']
  const { status } = spawnSync('openssl', [...args, ...at, ...untrusted, ...files], { cwd: dir })
  rmSync(dir, { recursive: true })
  return status === 0
}

describe.each(Object.entries(CASES))('%s', (_, { make, problem, unlikeOpenssl }) => {
  test(problem === undefined ? 'is a path' : `is ${problem}`, () => {
    const verdict = ours(make())

    expect(verdict.problem).toBe(problem)
    expect(verdict.culprit === undefined).toBe(problem === undefined)
  })

  test.runIf(unlikeOpenssl === undefined)('is the same to OpenSSL', () => {
    expect(openssl(make())).toBe(problem === undefined)
  })
})

test('the path names every certificate with its revocation, the anchor last', () => {
  const { path } = ours(below(ca))

  expect(
    path.map(({ revocation }) => (revocation === 'anchor' ? 'anchor' : revocation.status)),
  ).toEqual(['good', 'good', 'anchor'])
})

test('an anchor is trusted itself', () => {
  const leaf = makeRoot('Cachet', { extensions: SEAL_EXTENSIONS })

  expect(ours({ leaf, crls: [], anchors: [leaf] })).toMatchObject({ problem: undefined })
})

test('a bag of certificates that all certify each other ends the search soon', () => {
  const key = makeKey()
  const self = makeRoot('Boucle', { key })
  const bag = Array.from({ length: 60 }, () => makeCa(self, 'Boucle', { key }))

  expect(ours({ leaf: issue(self, 'Cachet'), between: bag, crls: [] }).problem).toBe('no-chain')
})
