// ESLint flat config: typescript-eslint strictTypeChecked, plus the house rules of CONTRIBUTING.md that a linter can
// check: sizes, no default exports, and pure folders that take clock, randomness and timers as arguments.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const PURE = [
  'src/master/{balancing,pool,tasks}/**/*.ts',
  'src/master/autoscale/decide.ts',
  'src/common/protocol/**/*.ts',
];
const TESTS = ['test/**/*.ts', 'bench/**/*.ts'];
const EXAMPLES = ['examples/**/*.ts'];
const LAUNCHERS = ['bin/*'];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
  message: 'No default exports: a thing has one name everywhere.',
};

const impure = 'is not pure: take a clock, a timer or a random generator as an argument.';

export default tseslint.config(
  { ignores: ['dist/', 'dist.next*/', 'coverage/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Relaxed where the strict setting costs clarity and finds nothing:
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/require-await': 'off', // an async interface may have a synchronous implementation
      'no-restricted-syntax': ['error', noDefaultExport],
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx', ...EXAMPLES, ...TESTS],
    rules: { 'max-lines': ['error', { max: 300 }] },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx', ...EXAMPLES],
    rules: { 'max-lines-per-function': ['error', { max: 60 }], 'no-console': 'error', eqeqeq: 'error' },
  },
  { files: EXAMPLES, rules: { 'no-console': 'off' } }, // programs that a person starts
  {
    files: PURE,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // indexed loops over typed arrays and bytes
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^node:', message: 'This folder is pure: no node: imports, not even types.' }] },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: `Math.random ${impure}` },
        { object: 'Date', property: 'now', message: `Date.now ${impure}` },
      ],
      'no-restricted-globals': [
        'error',
        ...['performance', 'process', 'crypto', 'fetch', 'globalThis', 'global', 'queueMicrotask'],
        ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
      ].map((rule) => (rule === 'error' ? rule : { name: rule, message: `${rule} ${impure}` })),
      'no-restricted-syntax': [
        'error',
        noDefaultExport,
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: `new Date() ${impure}` },
        { selector: 'CallExpression[callee.name="Date"]', message: `Date() ${impure}` },
        { selector: 'ImportExpression', message: 'No dynamic imports in a pure folder.' },
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off', // expect(x).to.be.true
      '@typescript-eslint/no-non-null-assertion': 'off', // a missing element should fail the test, loudly
    },
  },
  {
    files: ['test/runner/reporter.ts'],
    rules: { 'no-restricted-syntax': 'off' }, // mocha wants a reporter as the default export
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs', ...LAUNCHERS],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'fetch',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'AbortSignal',
          'URL',
          'Buffer',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs', globals: { module: 'writable' } } },
);
