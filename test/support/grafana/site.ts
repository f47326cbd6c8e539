// A stand-in for Grafana and the monitor's parts that talk to it, put together for a test.
import { expect } from 'chai';
import { systemClock } from '../../../src/common/time/clock.ts';
import type { Clock } from '../../../src/common/time/clock.ts';
import { ApiKey } from '../../../src/monitor/grafana/api-key.ts';
import { createClient } from '../../../src/monitor/grafana/client.ts';
import { converge, type ConvergePlan } from '../../../src/monitor/grafana/converge.ts';
import { createGrafana } from '../../../src/monitor/grafana/grafana-api.ts';
import type { Grafana } from '../../../src/monitor/grafana/grafana.ts';
import type { PassResult } from '../../../src/monitor/grafana/pass-notes.ts';
import { fakeBoard } from './fake-board.ts';
import { slaves } from './slaves.ts';
import type { Role } from './roles.ts';
import { GrafanaStandIn } from './stand-in.ts';

/** Of the form of a service-account token, and none. */
export const KEY = 'glsa_0123456789abcdefghijABCDEFGHIJ45_0a1b2c3d';
export const BOARD = 'lanyard-lanyard';
export const SHARED = 'lanyard-lanyard-prometheus';

export const PLAN: ConvergePlan = {
  cluster: 'lanyard',
  prometheusUrl: 'http://localhost:9090',
  boardOf: fakeBoard,
};
export const PER_SLAVE: ConvergePlan = { ...PLAN, slavePrometheusPort: 9090 };

/** A running stand-in that takes KEY. */
export async function openStandIn(role: Role = 'Admin', subPath = ''): Promise<GrafanaStandIn> {
  const standIn = new GrafanaStandIn({ subPath });
  standIn.tokens.set(KEY, role);
  await standIn.start();
  return standIn;
}

/** As the monitor talks to it. */
export function grafanaAt(url: string, clock: Clock = systemClock, signal?: AbortSignal): Grafana {
  const key = new ApiKey(KEY);
  return createGrafana(createClient({ url, key, clock, epochMs: () => Date.now(), ...(signal && { signal }) }));
}

/** One pass. */
export function pass(standIn: GrafanaStandIn, numbers: number[], plan: ConvergePlan = PLAN): Promise<PassResult> {
  return converge(grafanaAt(standIn.url), plan, slaves(...numbers), 'a test');
}

/** One pass that has nothing to write and nothing to complain of. */
export async function expectInOrder(
  standIn: GrafanaStandIn,
  numbers: number[],
  plan: ConvergePlan = PLAN,
): Promise<void> {
  const before = standIn.requests.length;
  const result = await pass(standIn, numbers, plan);
  expect(result.troubles, 'troubles of the second pass').to.deep.equal([]);
  expect(result.writes, 'writes of the second pass').to.deep.equal([]);
  expect(standIn.writes(before), 'write requests of the second pass').to.deep.equal([]);
}

/** What must hold of every stand-in at the end of every test. */
export function expectSound(standIn: GrafanaStandIn): void {
  expect(standIn.drift, 'answers of the stand-in that Grafana does not give').to.deep.equal([]);
  expect(standIn.store.violations, 'boards that Grafana cannot show').to.deep.equal([]);
  for (const { path, body } of standIn.requests) expect(path + body, 'the key outside its header').not.to.contain(KEY);
}

/** Titles of a stored board's panels, from the top. */
export function titles(standIn: GrafanaStandIn, uid = BOARD): string[] {
  return panelsOf(standIn, uid).map(({ title }) => String(title));
}

export function panelsOf(standIn: GrafanaStandIn, uid = BOARD): Record<string, unknown>[] {
  return (standIn.store.boards.get(uid)?.dashboard['panels'] ?? []) as Record<string, unknown>[];
}
