// Who may import whom. Each rule's comment says what is wrong about an import it reports, and the cure.
// The parser (swc) does not tell `import type` from `import`: both count, everywhere.

const rooms = 'sources|scan|topic|issuers|respond|record|ops|keys|secrets|demo';
const wiring = '^src/(main|app[^/]*|config[^/]*|made-keys)\\.ts$|^src/cli/';

/** One door per outside system: only these files import it. */
const door = (name, file, cure) => ({
  name: `one-door-${name.replace(/^@/, '').replace(/\W/g, '-')}`,
  severity: 'error',
  comment: `Only ${file} speaks to ${name}, so that its habits are known in one place. ${cure}`,
  from: { path: '^(src|detectors|bench)/', pathNot: `^${file}` },
  to: { path: `(^|/)node_modules/${name}/` },
});

const doors = [
  door(
    'kafkajs',
    'src/topic/kafka-client(-assigners|-mends)?\\.ts$',
    'Ask for what you need from src/topic/kafka-client.ts.',
  ),
  door('pino', 'src/record/log\\.ts$', 'Say a fact: `record({ type: … })` (src/core/facts.ts).'),
  door('prom-client', 'src/record/metrics\\.ts$', 'Say a fact, and give its row in src/record/table.ts a counter.'),
  door('better-sqlite3', 'src/store\\.ts$', 'Take the `Store` of src/core/store.ts as a need.'),
  door('@octokit/rest', 'src/sources/github/client[^/]*\\.ts$', 'Add the call to src/sources/github/client.ts.'),
  door('@octokit/auth-app', 'src/sources/github/client[^/]*\\.ts$', 'Add the call to src/sources/github/client.ts.'),
  door(
    '@octokit/plugin-throttling',
    'src/sources/github/client[^/]*\\.ts$',
    'Add the call to src/sources/github/client.ts.',
  ),
  door('fastify', 'src/ops/', 'Take the `Ingress` of src/core/ingress.ts as a need.'),
  door('@workos-inc/node', 'detectors/', 'Only a detector knows its issuer; give it the road (src/core/issuer.ts).'),
  door('smol-toml', 'src/scan/rules/toml\\.ts$', 'Read a pack with src/scan/rules/pack.ts.'),
  door('re2js', 'src/scan/rules/re2\\.ts$', 'Compile with createRe2 of src/scan/rules/re2.ts.'),
  door('yaml', 'src/config-tree\\.ts$', 'Add a setting to src/config.ts instead of reading a file of your own.'),
  door('modern-tar', 'src/sources/unpack-tar\\.ts$', 'Read what is in a tar through src/sources/unpack.ts.'),
  door('snappy', 'src/(sources/payload/snappy|topic/codec-snappy)\\.ts$', 'Unpack with unpackSnappy of your room.'),
  door(
    '@aws-sdk/client-secrets-manager',
    'src/secrets/aws\\.ts$',
    'Read and write through the `Store` of src/secrets/store.ts.',
  ),
  door(
    '@azure/keyvault-secrets',
    'src/secrets/azure\\.ts$',
    'Read and write through the `Store` of src/secrets/store.ts.',
  ),
  door('@azure/identity', 'src/secrets/azure\\.ts$', 'Read and write through the `Store` of src/secrets/store.ts.'),
  door('commander', 'src/(main\\.ts$|cli/)', 'Export a function and give it a command under src/cli/.'),
];

const boundaries = [
  {
    name: 'no-cycle',
    severity: 'error',
    comment:
      'Files that import each other, types included, are one file in two places: neither is read or tested alone. ' +
      'Move what both need to a third file.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'core-is-the-bottom',
    severity: 'error',
    comment:
      'src/core is the vocabulary of every room, without I/O: it imports itself, zod and node:crypto, node:util, ' +
      'node:timers (node:http for its types). Put what needs more in a room, and its contract alone here.',
    from: { path: '^src/core/' },
    to: { pathNot: '^src/core/|(^|/)node_modules/zod/|^(node:)?(crypto|util|timers|timers/promises|http)$' },
  },
  {
    name: 'rooms-do-not-meet',
    severity: 'error',
    comment:
      'A room that knows another cannot be replaced, split off or tested alone. Say what you need as a type in ' +
      'src/core, take it as a need of createX, and let src/app.ts pass it in.',
    from: { path: `^src/(${rooms})/` },
    to: { path: '^(src|detectors)/', pathNot: '^src/(core|$1)/' },
  },
  {
    name: 'only-wiring-knows-rooms',
    severity: 'error',
    comment:
      'Only src/main.ts, src/app*.ts, src/cli, src/config*.ts and src/made-keys.ts put rooms and detectors together. ' +
      'Take what you need as a parameter and wire it there.',
    from: { path: '^src/[^/]+\\.ts$', pathNot: wiring },
    to: { path: `^(src/(${rooms}|cli)/|detectors/)` },
  },
  {
    name: 'nobody-needs-the-demo',
    severity: 'error',
    comment:
      'The emulators must never be part of the daemon. Only the command line starts them: move what is real out of ' +
      'src/demo, or start it from src/cli.',
    from: { path: '^(src|detectors)/', pathNot: '^src/(demo/|main\\.ts$|cli/)' },
    to: { path: '^src/demo/' },
  },
  {
    name: 'detectors-know-one-issuer',
    severity: 'error',
    comment:
      'A detector is all there is to know of one kind of key and nothing else: it imports src/core, zod and the ' +
      "issuer's official SDK. Network, clock and credentials come by the road it is given.",
    from: { path: '^detectors/' },
    to: { pathNot: '^(src/core|detectors)/|(^|/)node_modules/(zod|@workos-inc/node)/' },
  },
  {
    name: 'no-test-in-the-product',
    severity: 'error',
    comment: 'What ships must not need what does not ship. Move the shared part to src.',
    from: { path: '^(src|detectors)/' },
    to: { path: '^(test|bench|scripts)/' },
  },
  {
    name: 'examples-stand-alone',
    severity: 'error',
    comment:
      'An example is copied into another program: what it imports of this one is not there. It needs Node alone. Write ' +
      'the part anew, smaller.',
    from: { path: '^examples/' },
    to: { pathNot: '^examples/', dependencyTypesNot: ['core'] },
  },
  {
    name: 'no-test-in-scripts',
    severity: 'error',
    comment:
      'A bench or a script that needs a test file runs only where tests run. Move the shared part to test/support.',
    from: { path: '^(bench|scripts)/' },
    to: { path: '^test/', pathNot: '^test/support/' },
  },
];

const packages = [
  {
    name: 'known-packages-only',
    severity: 'error',
    comment:
      'Each package runs beside credentials that delete keys. Do it with Node, or make the case for the package and ' +
      'give it a door in this file.',
    from: { path: '^(src|detectors)/' },
    to: {
      dependencyTypes: ['npm', 'npm-optional', 'npm-peer', 'npm-bundled'],
      pathNot:
        '(^|/)node_modules/(zod|kafkajs|pino|prom-client|better-sqlite3|@octokit/rest|@octokit/auth-app|@octokit/plugin-throttling|fastify|@workos-inc/node|yaml|commander|smol-toml|re2js|modern-tar|snappy|@aws-sdk/client-secrets-manager|@azure/keyvault-secrets|@azure/identity)/',
    },
  },
  {
    name: 'no-dev-package-in-the-product',
    severity: 'error',
    comment:
      'It is absent where Keyfuse runs (`npm prune --omit=dev`). Move it to dependencies, or do without. The clients of ' +
      'secret stores are optional peers: whoever uses a store installs its client, and it is loaded by then.',
    from: { path: '^(src|detectors)/' },
    to: {
      dependencyTypes: ['npm-dev'],
      pathNot: '(^|/)node_modules/(@types|@aws-sdk/client-secrets-manager|@azure/keyvault-secrets|@azure/identity)/',
    },
  },
  {
    name: 'no-unlisted-package',
    severity: 'error',
    comment: 'It is installed by luck only, through another package. List it in package.json with an exact version.',
    from: {},
    // The tool takes `peerDependenciesMeta` for a list that it does not know.
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-dev'] },
  },
  {
    name: 'no-deprecated',
    severity: 'error',
    comment: 'Nobody mends a deprecated package. Use what its notice names instead.',
    from: {},
    to: { dependencyTypes: ['deprecated'] },
  },
  {
    name: 'no-deprecated-node',
    severity: 'error',
    comment: 'Node warns of this module and will drop it. Its page in the documentation of Node names the successor.',
    from: {},
    to: { dependencyTypes: ['core'], path: '^(node:)?(punycode|domain|constants|sys|_.*)$' },
  },
  {
    name: 'nothing-unresolved',
    severity: 'error',
    comment: 'There is no such file or package. Mind the `.ts` at the end of a relative import.',
    from: {},
    to: { couldNotResolve: true },
  },
];

// biome-ignore lint/style/noDefaultExport: dependency-cruiser reads the default export
export default {
  forbidden: [...boundaries, ...doors, ...packages],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'require', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};
