// Every journal, one suite: what was accepted is read back exactly, in order, until it is forgotten. A new journal is one line in
// JOURNALS.
import { expect } from 'chai';
import { UNLIMITED } from '../../src/master/tasks/task-limits.ts';
import type { Ending, Journal, TaskRecord } from '../../src/master/journal/journal.ts';
import { MemoryJournal } from '../../src/master/journal/memory-journal.ts';

interface Tried {
  readonly name: string;
  readonly isDurable: boolean;
  /** An empty one. */
  readonly open: () => Journal;
}

const JOURNALS: readonly Tried[] = [{ name: 'MemoryJournal', isDurable: false, open: () => new MemoryJournal() }];

const MANY = 10_000;

const ENDING: Ending = {
  state: 'done',
  value: 'ok',
  slave: 's1',
  attempts: 2,
  startedAtMs: 1_700_000_000_500,
  endedAtMs: 1_700_000_001_000,
  queuedMs: 12.5,
  runMs: 500.25,
};

/** The record of that sequence, with an id of its own; without limits and key unless `rest` says otherwise. */
function recordOf(sequence: number, rest: Partial<TaskRecord> = {}): TaskRecord {
  const task = { type: 'fib', params: { n: sequence }, weight: 1, priority: 'normal' as const, limits: UNLIMITED };
  const client = {
    submitter: '10.0.0.1',
    idempotencyKey: undefined,
    acceptedAtMs: 1_700_000_000_000,
    ending: undefined,
  };
  return { id: `m1-${sequence.toString(36)}`, sequence, ...task, ...client, ...rest };
}

function recordsOf(count: number): TaskRecord[] {
  return Array.from({ length: count }, (_, i) => recordOf(i + 1));
}

const idsOf = (records: Iterable<TaskRecord>): string[] => Array.from(records, ({ id }) => id);

for (const { name, isDurable, open } of JOURNALS) {
  describe(`journal ${name}`, () => {
    let journal: Journal;

    beforeEach(() => (journal = open()));

    it('says whether it outlives the process', () => {
      expect(journal.isDurable).to.equal(isDurable);
    });

    it('is empty at first', () => {
      expect([journal.size, [...journal.all()], journal.read('m1-1')]).to.deep.equal([0, [], undefined]);
    });

    it('reads back exactly what it accepted', async () => {
      const records = [
        recordOf(1),
        recordOf(2, {
          priority: 'high',
          limits: { ...UNLIMITED, retries: 3 },
          weight: 1e11,
          idempotencyKey: 'key',
          submitter: '::1',
        }),
        recordOf(3, { limits: { ...UNLIMITED, totalMs: 60_000, waitMs: 0.5, runMs: 1e9 } }),
      ];
      await journal.accept(records);
      for (const record of records) expect(journal.read(record.id)).to.deep.equal(record);
    });

    it('keeps limits of Infinity', async () => {
      await journal.accept([recordOf(1)]);
      expect(journal.read('m1-1')!.limits).to.deep.equal(UNLIMITED);
    });

    it('keeps parameters of every shape', async () => {
      const params = {
        n: 1.5,
        text: 'grüße \u0000 \u{1f600}',
        list: [1, 'a', null, [true]],
        inner: { deep: { er: -0.1 } },
      };
      await journal.accept([recordOf(1, { params })]);
      expect(journal.read('m1-1')?.params).to.deep.equal(params);
    });

    const values: Readonly<Record<string, unknown>> = {
      'an integer beyond 2⁵³': 2n ** 300n + 1n,
      'a negative integer': -(2n ** 64n),
      bytes: Uint8Array.of(0, 1, 127, 128, 255),
      'no bytes': new Uint8Array(0),
      'a text': 'a\nb',
      null: null,
      'a fraction': 0.1 + 0.2,
      'integers inside': { list: [1n, 2n ** 70n], plain: 3 },
    };
    for (const [what, value] of Object.entries(values)) {
      it(`keeps ${what} as a result`, async () => {
        await journal.accept([recordOf(1)]);
        journal.end('m1-1', { ...ENDING, value });
        expect(journal.read('m1-1')?.ending?.value).to.deep.equal(value);
      });
    }

    it('adds the ending and changes nothing else', async () => {
      await journal.accept(recordsOf(3));
      journal.end('m1-2', ENDING);
      expect([...journal.all()]).to.deep.equal([recordOf(1), recordOf(2, { ending: ENDING }), recordOf(3)]);
      expect(journal.size).to.equal(3);
    });

    it('keeps why a task failed, with its details', async () => {
      const failure = { code: 'TASK_FAILED', message: 'fib: no', details: { stack: 'at x\nat y' } } as const;
      const ending: Ending = { ...ENDING, state: 'failed', failure, slave: undefined, startedAtMs: undefined };
      await journal.accept([recordOf(1)]);
      journal.end('m1-1', ending);
      expect(journal.read('m1-1')?.ending).to.deep.equal(ending);
    });

    it('takes the end of a task that it does not know without harm', async () => {
      await journal.accept(recordsOf(1));
      journal.end('m1-zz', ENDING);
      expect([journal.size, journal.read('m1-zz'), idsOf(journal.all())]).to.deep.equal([1, undefined, ['m1-1']]);
    });

    it('does not bring back by its end what was forgotten', async () => {
      await journal.accept(recordsOf(2));
      journal.forget(['m1-1']);
      journal.end('m1-1', ENDING);
      expect([journal.size, journal.read('m1-1')]).to.deep.equal([1, undefined]);
    });

    it('forgets what it is told to, known or not, and nothing else', async () => {
      await journal.accept(recordsOf(5));
      journal.forget([]);
      journal.forget(['m1-2', 'm1-zz', 'm1-4', 'm1-2']);
      expect(idsOf(journal.all())).to.deep.equal(['m1-1', 'm1-3', 'm1-5']);
      expect([journal.size, journal.read('m1-2'), journal.read('m1-3')]).to.deep.equal([3, undefined, recordOf(3)]);
    });

    it('lists in order of acceptance, also after ends, forgetting and further acceptance', async () => {
      await journal.accept(recordsOf(3));
      journal.end('m1-3', ENDING);
      journal.end('m1-1', ENDING);
      journal.forget(['m1-2']);
      await journal.accept([recordOf(4), recordOf(5)]);
      journal.end('m1-4', ENDING);
      expect(idsOf(journal.all())).to.deep.equal(['m1-1', 'm1-3', 'm1-4', 'm1-5']);
    });

    it('can be listed more than once', async () => {
      await journal.accept(recordsOf(2));
      expect([idsOf(journal.all()), idsOf(journal.all())]).to.deep.equal([idsOf(recordsOf(2)), idsOf(recordsOf(2))]);
    });

    it('accepts nothing when nothing is given', async () => {
      await journal.accept([]);
      expect(journal.size).to.equal(0);
    });

    it('leaves the records and the endings of its callers as they are', async () => {
      const records = [recordOf(1), recordOf(2)];
      const ending = { ...ENDING };
      await journal.accept(records);
      journal.end('m1-1', ending);
      journal.forget(['m1-2']);
      expect(records).to.deep.equal([recordOf(1), recordOf(2)]);
      expect(ending).to.deep.equal(ENDING);
    });

    it(`holds ${MANY.toString()} records of one request`, async () => {
      const records = recordsOf(MANY);
      await journal.accept(records);
      expect(journal.size).to.equal(MANY);
      expect(idsOf(journal.all())).to.deep.equal(idsOf(records));
      for (const { id } of records) journal.end(id, ENDING);
      expect(journal.read(recordOf(MANY).id)?.ending).to.deep.equal(ENDING);
      journal.forget(idsOf(records.slice(1)));
      expect([journal.size, idsOf(journal.all())]).to.deep.equal([1, ['m1-1']]);
    });
  });
}
