// Scenarios that mostly wait run at the same time, each on a LAN of its own; each is still a test of its own.
import { sleep } from '../wait.ts';
import { Lan } from './lan.ts';

export type Scenario = (lan: Lan) => Promise<void>;

/** Runs `scenario` on a fresh LAN and removes that afterwards, whatever happens. */
async function onLan(scenario: Scenario): Promise<void> {
  const lan = new Lan();
  try {
    await scenario(lan);
  } finally {
    lan.remove();
  }
}

/** One test per scenario, all started together. Call inside `describe`. */
export function together(scenarios: Readonly<Record<string, Scenario>>): void {
  const runs = new Map<string, Promise<void>>();
  before(() => {
    for (const [title, scenario] of Object.entries(scenarios)) {
      const run = onLan(scenario);
      run.catch(() => undefined); // its own test reports it
      runs.set(title, run);
    }
  });
  for (const title of Object.keys(scenarios)) it(title, () => runs.get(title));
  after(() => Promise.allSettled(runs.values()));
}

/** Waits until `atMs`, in milliseconds since 1970. */
export function sleepUntil(atMs: number): Promise<void> {
  return sleep(Math.max(0, atMs - Date.now()));
}
