// A fixed course of events for four slaves, played the same way under every algorithm, and what the naive references make of it.
// Data only: the system suite plays it through the real ./master and ./slave.
import { naivePick, type NaiveMember } from './naive-algorithms.ts';

export interface GoldenSlave {
  readonly name: string;
  /** Tasks at once; a slave takes twice as many when they take long. */
  readonly concurrency: number;
  readonly maxLoad: number;
  readonly cpuLoad: number;
}

export type GoldenStep =
  /** A task of this weight that stays. */
  | readonly [kind: 'hold', weight: number]
  /** A task of this weight that ends before the next step. */
  | readonly [kind: 'run', weight: number]
  /** The end of the n-th `hold`, counted from 0. */
  | readonly [kind: 'end', hold: number]
  | readonly [kind: 'cpu', slave: string, cpuLoad: number];

interface State extends GoldenSlave {
  readonly joined: number;
  cpuLoad: number;
  pickedAt: number;
  readonly held: Map<number, number>;
}

/** The names of the slaves that get the tasks of `script`, in order; throws when one would have to wait. */
export function predict(algorithm: string, slaves: readonly GoldenSlave[], script: readonly GoldenStep[]): string[] {
  const states = slaves.map((slave, i): State => ({ ...slave, joined: i + 1, pickedAt: 0, held: new Map() }));
  const picked: string[] = [];
  let holds = 0;
  let last = 0;
  for (const step of script) {
    if (step[0] === 'end') {
      for (const { held } of states) held.delete(step[1]);
    } else if (step[0] === 'cpu') {
      states.find(({ name }) => name === step[1])!.cpuLoad = step[2];
    } else {
      const chosen = naivePick(algorithm, states.map(viewOf), step[1], last)?.state;
      if (chosen === undefined) throw new Error(`task ${picked.length + 1} fits nowhere under ${algorithm}`);
      if (step[0] === 'run' && chosen.held.size >= chosen.concurrency) throw new Error('it would wait for a thread');
      picked.push(chosen.name);
      chosen.pickedAt = picked.length;
      last = chosen.joined;
      if (step[0] === 'hold') chosen.held.set(holds++, step[1]);
    }
  }
  return picked;
}

function viewOf(state: State): NaiveMember & { readonly state: State } {
  const { joined, cpuLoad, maxLoad, pickedAt, held, concurrency } = state;
  const weightInFlight = [...held.values()].reduce((sum, weight) => sum + weight, 0);
  const limits = { ready: true, refusedWeight: Infinity, slots: 2 * concurrency, leases: held.size };
  return { state, joined, cpuLoad, maxLoad, pickedAt, weightInFlight, ...limits };
}
