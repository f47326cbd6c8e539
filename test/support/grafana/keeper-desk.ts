// A keeper on a clock turned by hand, whose passes end as a test says.
import { ManualClock } from '../../../src/common/time/manual-clock.ts';
import { GrafanaKeeper } from '../../../src/monitor/grafana/keeper.ts';
import type { PassResult } from '../../../src/monitor/grafana/pass-notes.ts';
import { troubleFrom, type Happened } from '../../../src/monitor/grafana/trouble.ts';
import { collectedLog } from './collected-log.ts';

/** All in order, nothing written. */
export const GOOD: PassResult = { writes: [], troubles: [], leftAlone: [] };
export const DOWN: Happened = { noConnection: 'ECONNREFUSED' };
/** A pass that met these, at GET /0, GET /1 … */
export const bad = (...happened: Happened[]): PassResult => ({
  ...GOOD,
  troubles: happened.map((each, i) => troubleFrom(`GET /${i}`, each)),
});

/** A keeper whose passes end at once with what `outcome` says, or when told to. */
export function desk(random = (): number => 0) {
  const clock = new ManualClock();
  const { log, lines } = collectedLog();
  const passes: { readonly atMs: number; readonly names: string; readonly reason: string }[] = [];
  const state = { outcome: GOOD, held: undefined as Promise<void> | undefined, thrown: undefined as Error | undefined };
  const keeper = new GrafanaKeeper({
    clock,
    random,
    log,
    redact: (text) => text.replaceAll('secret', '[key]'),
    pass: async (shown, reason) => {
      passes.push({ atMs: clock.nowMs(), names: shown.map(({ name }) => name).join(' '), reason });
      await state.held;
      if (state.thrown !== undefined) throw state.thrown;
      return state.outcome;
    },
  });
  /** Time goes by in steps small enough for passes to end in between. */
  const wait = async (ms: number, stepMs = 50): Promise<void> => {
    for (let past = 0; past < ms; past += stepMs) {
      clock.advance(Math.min(stepMs, ms - past));
      await turn();
    }
  };
  return { clock, lines, passes, state, keeper, wait, msgs: () => lines.map(({ msg }) => msg) };
}

/** Lets what was resolved go on. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
