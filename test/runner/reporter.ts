// The mocha reporter of `make test`: one line per top-level `describe`, failures in full at the end, and every event to
// the parent process, so that counts are known even of a run that hangs or crashes.
import mocha from 'mocha';
import { type TestEvent } from './events.ts';
import { paint } from './outcome.ts';

const { constants } = mocha.Runner;
const REASON_LENGTH_MAX = 300;

function tell(event: TestEvent): void {
  process.send?.(event);
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').slice(0, REASON_LENGTH_MAX);
}

/** Constructed by mocha in the child process. */
export default class Reporter extends mocha.reporters.Base {
  constructor(runner: mocha.Runner, options?: mocha.MochaOptions) {
    super(runner, options);
    let passed = 0;
    let failed = 0;
    let startMs = 0;

    runner.on(constants.EVENT_SUITE_BEGIN, (suite) => {
      if (suite.parent?.root) [passed, failed, startMs] = [0, 0, performance.now()];
    });
    runner.on(constants.EVENT_SUITE_END, (suite) => {
      if (!suite.parent?.root) return;
      const mark = failed > 0 ? paint('red', 'failed') : paint('green', 'ok');
      const ran = failed > 0 ? `${passed} passed, ${failed} failed` : `${passed} passed`;
      console.log(`   ${mark}  ${suite.title} (${ran}, ${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
    });
    runner.on(constants.EVENT_TEST_BEGIN, (test) => tell({ kind: 'test', title: test.fullTitle() }));
    runner.on(constants.EVENT_HOOK_BEGIN, (hook) => tell({ kind: 'test', title: hook.fullTitle() }));
    runner.on(constants.EVENT_TEST_PASS, () => {
      passed++;
      tell({ kind: 'pass' });
    });
    runner.on(constants.EVENT_TEST_FAIL, (test, error: unknown) => {
      failed++;
      console.log(`   ${paint('red', 'failed')}  ${test.fullTitle()}`);
      tell({ kind: 'fail', title: test.fullTitle(), reason: firstLine(error) });
    });
    runner.on(constants.EVENT_TEST_PENDING, (test) => tell({ kind: 'pending', title: test.fullTitle() }));
    runner.once(constants.EVENT_RUN_END, () => {
      if (this.failures.length > 0) mocha.reporters.Base.list(this.failures);
      tell({ kind: 'end' });
    });
  }
}
