/** Import directions of docs/ARCHITECTURE.md. `scripts/check-imports.mjs` runs them. */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|hsm|views|scripts|bench|test)/', pathNot: [from, ...allowed] },
})
const owner = (name, packages, folders) => ({
  name,
  severity: 'error',
  from: { path: '^(src|hsm|views|scripts|bench)/', pathNot: folders },
  to: { path: packages.map((p) => `^node_modules/${p}/`) },
})
const ERRORS = '^src/(errors|ids|retry-delay)\\.ts$'
const ALGORITHMS = '^hsm/algorithms\\.ts$'

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('errors-import-nothing', '^src/errors\\.ts$', []),
    only('guard-imports-nothing-of-the-server', '^hsm/', []),
    only('pdf-knows-no-cms-and-no-hsm', '^src/pdf/', [ERRORS]),
    only('cms-knows-no-pdf', '^src/cms/', [ERRORS, ALGORITHMS]),
    only('pki-is-pure', '^src/pki/', [ERRORS, ALGORITHMS, '^src/cms/']),
    only('rights-are-pure', '^src/rights/', [ERRORS]),
    only('db-has-no-rules', '^src/db/', [ERRORS]),
    only('archives-know-no-feature', '^src/archives/', [ERRORS]),
    only('files-of-batches', '^src/batches/files/', [ERRORS]),
    only('journal', '^src/journal/', [ERRORS, '^src/db/']),
    only('ades', '^src/ades/', [ERRORS, ALGORITHMS, '^src/(pdf|cms|pki)/']),
    only('engine', '^src/engine/', [
      ERRORS,
      ALGORITHMS,
      '^hsm/(client|errors)\\.ts$',
      '^src/(ades|cms|pdf)/',
      '^src/batches/files/',
    ]),
    only('batches', '^src/batches/', [
      ERRORS,
      '^src/(archives|clients|db|engine|journal|rights|sealing)/',
    ]),
    only('hot-folders', '^src/hotfolder/', [
      ERRORS,
      '^src/(archives|clients|db|journal|people|sealing)/',
    ]),
    only('verify', '^src/verify/', [ERRORS, '^src/(pdf|cms|pki)/']),
    only('clients', '^src/clients/', [ERRORS, '^src/(db|journal)/']),
    only('people', '^src/people/', [
      ERRORS,
      ALGORITHMS,
      '^src/(db|journal|notices|pdf|pki|rights|vault)/',
      '^views/mail/templates\\.ts$',
    ]),
    only('notices', '^src/notices/', [ERRORS, '^src/(db|journal)/', '^views/(mail|locales)/']),
    only('vault', '^src/vault/', [ERRORS, '^src/(db|journal)/']),
    only('authority', '^src/authority/', [
      ERRORS,
      ALGORITHMS,
      '^src/(cms|pki|db|journal|notices|rights)/',
    ]),
    only('sealing', '^src/sealing/', [
      ERRORS,
      ALGORITHMS,
      '^src/(authority|clients|people)/',
      '^src/(ades|archives|cms|engine|pdf|rights|db|journal)/',
    ]),
    only('first-run', '^src/first-run/', [
      ERRORS,
      ALGORITHMS,
      '^hsm/(inspect|protocol)\\.ts$',
      '^src/(config|guard-access)\\.ts$',
      '^src/(ades|authority|cms|db|journal|notices|pdf|people|pki|rights|sealing|verify)/',
    ]),
    only('http-gets-features-as-values', '^src/http/', [
      ERRORS,
      '^src/metrics\\.ts$',
      '^src/(archives|authority|batches|clients|first-run|notices|people|pki|rights|sealing|verify|pdf)/',
      '^src/engine/(job|seal-options)\\.ts$',
      '^views/',
    ]),
    only('views-take-types-only', '^views/', [ERRORS]),
    owner('pkcs11-only-in-the-guard', ['pkcs11js', 'graphene-pk11'], ['^hsm/']),
    owner('asn1-in-pki-and-cms', ['pkijs', 'asn1js', '@peculiar/x509'], ['^src/(pki|cms)/']),
    owner('pdf-lib-only-draws', ['pdf-lib'], ['^src/pdf/drawing/', '^scripts/']),
    owner('zips-in-archives', ['yauzl'], ['^src/archives/']),
    owner(
      'sign-in-in-accounts',
      ['@node-rs/argon2', '@simplewebauthn/server', 'openid-client', 'otpauth'],
      ['^src/people/accounts/', '^scripts/'],
    ),
    owner('databases-in-db', ['better-sqlite3', 'pg'], ['^src/db/']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.mjs', '.js'] },
  },
}
