// What the reporter inside the mocha process tells the runner (over the child's IPC channel), and their sum.

/** One step of a mocha run. `title` is the full title, with the names of the suites around it. */
export type TestEvent =
  | { kind: 'test'; title: string }
  | { kind: 'pass' }
  | { kind: 'fail'; title: string; reason: string }
  | { kind: 'pending'; title: string }
  | { kind: 'end' };

/** A test that failed. */
export interface Failure {
  readonly title: string;
  readonly reason: string;
}

/** The run so far. */
export interface Tally {
  passed: number;
  /** One for each test that failed: its title and the first line of why, for the end of the run. */
  failures: Failure[];
  /** Titles of the tests that did not run. */
  pending: string[];
  /** The test that started last, for the report when the suite hangs. */
  last: string;
  /** Mocha said that it was through: the counts are complete. */
  ended: boolean;
}

export function emptyTally(): Tally {
  return { passed: 0, failures: [], pending: [], last: 'before the first test', ended: false };
}

/** Adds `event` to `tally`. */
export function count(tally: Tally, event: TestEvent): void {
  switch (event.kind) {
    case 'test':
      tally.last = event.title;
      break;
    case 'pass':
      tally.passed++;
      break;
    case 'fail':
      tally.failures.push({ title: event.title, reason: event.reason });
      break;
    case 'pending':
      tally.pending.push(event.title);
      break;
    case 'end':
      tally.ended = true;
      break;
  }
}
