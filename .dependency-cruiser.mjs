// Who may import whom: DESIGN section 7. Every rule has a name and says what breaking it would mean.
const packageRule = (name, allowed, comment) => ({
  name: `${name}-imports`,
  comment,
  severity: 'error',
  from: { path: `^packages/${name}/src/`, pathNot: '\\.test\\.ts$|^packages/[^/]+/src/main\\.ts$' },
  to: {
    path: '^packages/([^/]+)/',
    pathNot: `^packages/(${[name, ...allowed].join('|')})/`,
  },
});

export default {
  forbidden: [
    {
      name: 'core-is-pure',
      comment:
        'core decides. An import of Node or of a library would be an effect or a surprise inside a decision, ' +
        'and decisions could no longer be replayed or simulated.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^packages/core/src/' },
    },
    packageRule('system', ['core'], 'The real clock knows the port it implements, nothing else.'),
    packageRule(
      'seam',
      ['core', 'system'],
      'The seam runs inside other people’s processes: it must stay small.',
    ),
    packageRule('store', ['core'], 'A store implements a port; it knows nothing of who asks.'),
    packageRule(
      'data',
      ['core', 'system'],
      'The data side works on two databases; it knows neither control nor a plane.',
    ),
    packageRule(
      'client',
      ['core', 'system'],
      'The client speaks the contract; it must not need a server to compile.',
    ),
    packageRule('config', ['core'], 'Configuration is read at the edge, before anything runs.'),
    packageRule(
      'guard',
      ['core', 'seam'],
      'One shadow engine, two planes; everything else reaches the guard as a port.',
    ),
    packageRule(
      'control',
      ['core', 'client'],
      'Control receives its store as a port and speaks the contract.',
    ),
    packageRule(
      'console',
      ['core', 'client'],
      'The console speaks to control through the contract, and shares its words; it runs in a browser.',
    ),
    packageRule(
      'testkit',
      ['core'],
      'The test kit simulates ports; it must not depend on what it tests.',
    ),
    {
      name: 'only-composition-roots-choose',
      comment:
        'Only main.ts of guard and control, and the CLI, name a concrete store or the link to control. Anything else ' +
        'that did could not be run on another one.',
      severity: 'error',
      from: {
        path: '^packages/',
        pathNot: '^packages/(store|cli|client|[^/]+/src/main\\.ts)|\\.test\\.ts$',
      },
      to: { path: '^packages/store/' },
    },
    {
      name: 'testkit-is-for-tests',
      comment: 'Simulated time in a shipped path would be a fault that no test can see.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '\\.test\\.ts$|^packages/testkit/|/test/' },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'entry-points-only',
      comment: 'Reaching into another package’s src/ makes every file of it a public promise.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|examples|e2e|bench|scripts)/' },
      to: {
        path: '^packages/[^/]+/src/',
        pathNot: ['^$1/', '/src/(index|main|.+/index)\\.ts$', '^packages/testkit/src/[^/]+\\.ts$'],
      },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one concept, or a concept that is missing.',
      severity: 'error',
      from: { pathNot: '\\.test\\.ts$' },
      to: {
        circular: true,
        viaOnly: { pathNot: '\\.test\\.ts$' },
        dependencyTypesNot: ['type-only'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['falsework-source', 'import', 'node', 'default'],
    },
  },
};
