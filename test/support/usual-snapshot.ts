// A cluster as people have it: names, addresses, times and errors of usual lengths, tasks in every state.
import type { Snapshot, TaskRow } from '../../src/common/feed/feed.ts';
import { slaveRow } from './feed-samples.ts';

const AT = Date.UTC(2026, 0, 1, 12);
const FAILURE = `reverse: cannot read property 'length' of undefined at line 12 of transform.js; the input was ${'x'.repeat(90)}`;

let count = 0;

function row(change: Partial<TaskRow>): TaskRow {
  const times = { queuedAt: AT - 4000, startedAt: AT - 3500, endedAt: null, runMs: null };
  const rest = { attempts: 1, progress: 0, message: '', error: null, kept: true };
  return {
    id: `5e0c-${1234 + ++count}`,
    type: 'fib',
    state: 'running',
    slave: 'nuc-meeting-room',
    ...times,
    ...rest,
    ...change,
  };
}

/** What the page is shown. */
export function usual(): Partial<Snapshot> {
  count = 0;
  const machine = { memory: 0.43, weight: 30, maxLoad: 1000, slots: 8, leases: 5, running: 2 };
  const slaves = [
    slaveRow({
      ...machine,
      id: 'a',
      name: 'nuc-meeting-room',
      address: '192.168.178.123:41234',
      load: 123_000,
      cpu: 3.67,
    }),
    slaveRow({
      ...machine,
      id: 'b',
      name: 'pc7',
      address: '192.168.178.7:4711',
      load: 12.3,
      cpu: 0.42,
      state: 'draining',
    }),
    slaveRow({
      ...machine,
      id: 'c',
      name: 'workstation-with-a-long-name.example.org',
      address: '10.0.0.1:40000',
      slots: 256,
      leases: 128,
      running: 64,
      memory: 1,
      cpu: 12.5,
      state: 'suspect',
    }),
  ];
  const ended = { endedAt: AT, startedAt: AT - 3_599_000, runMs: 3_599_000, queuedAt: AT - 86_000_000 };
  const quick = { endedAt: AT, startedAt: AT - 8, runMs: 0.14, queuedAt: AT - 16 };
  return {
    at: AT,
    slaves,
    tasks: {
      running: [
        row({ type: 'mandelbrot', progress: 0.42 }),
        row({ type: 'countprimes', progress: 1, message: 'row 300 of 512', attempts: 12 }),
      ],
      queued: [row({ state: 'queued', slave: null, startedAt: null, attempts: 0, kept: false })],
      ended: [
        row({ ...quick, state: 'done', progress: 1, kept: false }),
        row({ ...ended, state: 'done', type: 'countprimes', slave: 'workstation-with-a-long-name.example.org' }),
        row({ ...ended, state: 'failed', type: 'reverse', error: FAILURE }),
        row({ ...quick, state: 'cancelled', runMs: null, error: 'cancelled by a client at 192.168.178.20' }),
        row({ ...ended, state: 'expired', error: 'the deadline passed after 100 ms' }),
      ],
    },
  };
}
