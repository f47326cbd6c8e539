// Who may import whom: the house rules of ARCHITECTURE.md, checked by dependency-cruiser on the TypeScript sources
// (type-only imports count unless a rule says otherwise). A rule is a data row; the helpers below keep the rows short.

/** Files under `folder` may import, of the project's own sources, only what matches one of `allowed`. */
const only = (name, folder, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: folder },
  to: { path: '^src/', pathNot: [folder, ...allowed] },
});

/** Only files matching `owners` may import the npm packages `packages` (tests and benchmarks are free). */
const owned = (packages, owners) => ({
  name: `owner-of-${packages[0].replace(/\W+/g, '-').replace(/^-|-$/g, '')}`,
  comment: 'A third-party package has one owner folder: ask the owner for what you need, or move the code there.',
  severity: 'error',
  from: { path: '^src/', pathNot: owners },
  to: { path: `^node_modules/(@types/)?(${packages.join('|')})(/|$)` },
});

/** Nothing in `from` may import what matches `to`. */
const never = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to });

const PURE = '^src/(master/(balancing|pool|tasks)/|master/autoscale/decide[.]ts$|common/protocol/)';
/** What task rules may use of common: error codes, deadlines, what a task type is. */
const PURE_COMMON = '^src/common/(errors[.]ts$|(time|random)/|task-types/(contract|weight|priority|task-states)[.]ts$)';
const BUILTINS = '^(node:)?(fs|net|dgram|https?|tls|os|child_process|worker_threads|timers|perf_hooks)(/|$)';
const SOCKETS = '^(node:)?(net|dgram|tls)$';

module.exports = {
  forbidden: [
    // Kinds of node
    only(
      'common-knows-no-sibling',
      '^src/common/',
      [],
      'common is what kinds of node must agree on; it knows none of them.',
    ),
    only('master-alone', '^src/master/', ['^src/common/'], 'master, slave and monitor never import each other.'),
    only('slave-alone', '^src/slave/', ['^src/common/'], 'master, slave and monitor never import each other.'),
    only('monitor-alone', '^src/monitor/', ['^src/common/'], 'master, slave and monitor never import each other.'),
    only('client-alone', '^src/client/', ['^src/common/'], 'The client is a library: it imports no kind of node.'),
    only(
      'dashboard-alone',
      '^src/dashboard/',
      ['^src/common/(feed/|task-types/(contract|describe-schema|task-states)[.]ts$)'],
      'The dashboard is a web page: it sees the master through HTTP.',
    ),
    only(
      'lab-outside',
      '^src/lab/(?!simulator)',
      ['^src/(lab|common|client)/'],
      'Load tests use the doors, as users do.',
    ),
    only(
      'simulator-runs-pure-files',
      '^src/lab/simulator',
      ['^src/common/', '^src/master/(balancing|pool|tasks)/', '^src/master/autoscale/decide[.]ts$'],
      'The simulator runs the pure files under a fake clock.',
    ),

    // Folders of the master
    only('balancing-only-itself', '^src/master/balancing/', [], 'An algorithm knows its index and nothing else.'),
    only(
      'pool-on-balancing',
      '^src/master/pool/',
      ['^src/master/balancing/', '^src/common/numbers/'],
      'The pool knows members and algorithms.',
    ),
    only(
      'tasks-on-pool',
      '^src/master/tasks/',
      ['^src/master/pool/', '^src/master/balancing/ordered-index[.]ts$', PURE_COMMON],
      'Task rules know leases and the search structure, no doors or sockets.',
    ),
    never(
      'tasks-on-pool-types',
      { path: '^src/master/tasks/' },
      { path: '^src/master/pool/', dependencyTypesNot: ['type-only'] },
      'tasks imports types of pool (import type), never its code.',
    ),
    only(
      'lookaside-on-pool',
      '^src/master/lookaside/',
      ['^src/master/(pool|balancing)/', '^src/master/doors/[^/]+[.]ts$', '^src/common/'],
      'The look-aside desk knows the pool and what its door may ask.',
    ),
    only(
      'forwarding-on-pool',
      '^src/master/forwarding/(?!open-forwarding[.])',
      ['^src/master/(pool|balancing)/', '^src/master/doors/[^/]+[.]ts$', '^src/common/'],
      'The forwarding desk knows the pool and what its door may ask; open-forwarding.ts puts it together.',
    ),
    only(
      'autoscale-on-pool',
      '^src/master/autoscale/(?!open-autoscaler[.])',
      ['^src/master/(pool|balancing|tasks)/', '^src/master/doors/[^/]+[.]ts$', '^src/common/'],
      'The autoscaler reads the pool; what else it needs it is given by open-autoscaler.ts.',
    ),
    only('decide-is-alone', '^src/master/autoscale/decide[.]ts$', [], 'The decision is a function of its arguments.'),
    only(
      'doors-on-door',
      '^src/master/doors/',
      ['^src/common/'],
      'A door asks door.ts; it knows no algorithm and no pool.',
    ),
    never(
      'no-sockets-in-doors',
      { path: '^src/master/doors/' },
      { path: SOCKETS },
      'A door knows HTTP or gRPC, not sockets.',
    ),
    never(
      'main-is-the-top',
      { path: '^src/' },
      { path: '^src/[^/]+/main[.]tsx?$' },
      'main.ts wires everything together; nothing imports it.',
    ),

    // Purity
    never(
      'pure-without-builtins',
      { path: PURE },
      { dependencyTypes: ['core'] },
      'Pure folders import no node: module.',
    ),
    never(
      'pure-all-the-way-down',
      { path: PURE },
      { path: BUILTINS, reachable: true },
      'What a pure file imports is pure as well.',
    ),
    never(
      'pure-without-packages',
      { path: PURE },
      { path: '^node_modules/', pathNot: '^node_modules/msgpackr/' },
      'Pure folders import no package (msgpackr in the protocol excepted).',
    ),
    never(
      'protocol-without-edges',
      { path: '^src/common/protocol/' },
      { path: '^src/common/((net|http|config)/|(log|lifecycle)[.]ts$)' },
      'The protocol is messages and bytes: no sockets, no logs.',
    ),

    // Third-party packages and their owners
    owned(['pino', 'pino-pretty'], ['^src/common/log[.]ts$']),
    owned(['msgpackr'], ['^src/common/protocol/']),
    owned(['prom-client'], ['^src/common/prometheus/']),
    owned(['commander'], ['^src/common/config/']),
    owned(['systeminformation'], ['^src/slave/load']),
    owned(['ajv'], ['^src/common/task-types/']),
    owned(['fastify', '@fastify'], ['^src/master/doors/', '^src/common/http/']),
    owned(['@grpc', 'protobufjs'], ['^src/common/grpc/', '^src/client/']),
    owned(['lmdb'], ['^src/master/journal/']),
    owned(['undici'], ['^src/master/forwarding/']),
    owned(['dockerode'], ['^src/master/autoscale/']),
    owned(['@grafana'], ['^src/monitor/']),
    owned(['preact', 'uplot'], ['^src/dashboard/']),

    // General hygiene
    never('no-cycles', {}, { circular: true }, 'A cycle means that two files are one thing, or three.'),
    never(
      'no-orphans',
      { path: '^src/', pathNot: '([.]d|/main)[.]tsx?$', orphan: true },
      {},
      'Nothing uses this file: delete it.',
    ),
    never('no-tests-in-src', { path: '^src/' }, { path: '^(test|bench|scripts|dist)/' }, 'src stands alone.'),
    never('no-dist-in-tests', { path: '^(test|bench)/' }, { path: '^dist/' }, 'Tests import sources, or run bin/.'),
    never('resolvable', {}, { couldNotResolve: true }, 'This import leads nowhere.'),
    never('declared', { path: '^src/' }, { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] }, 'Add it to package.json.'),
    never(
      'no-dev-dependency-at-run-time',
      { path: '^src/', pathNot: '^src/dashboard/' },
      { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/@types/', dependencyTypesNot: ['type-only'] },
      'Users install without devDependencies.',
    ),
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'],
    },
  },
};
