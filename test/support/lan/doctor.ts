// Runs ./lab doctor on a host of the LAN and reads what it says at its end.
import { expect } from 'chai';
import { NodeProcess } from '../node-process.ts';
import { inside, SEARCH_PATH } from './commands.ts';
import type { Host } from './host.ts';

export interface Examination {
  readonly code: number | null;
  /** Everything that it printed. */
  readonly text: string;
  /** The sentence before the advice. */
  readonly verdict: string;
}

/** Lets the doctor look for a few seconds at most, with the options that a slave there would have. */
export async function examineFrom(host: Host, ...options: readonly string[]): Promise<Examination> {
  const args = ['doctor', '--timeout', '4s', ...options];
  const doctor = new NodeProcess('bin/lab', { args, prefix: inside(host.namespace), env: { PATH: SEARCH_PATH } });
  host.runs(doctor);
  const { code } = await doctor.exited;
  const lines = doctor.output.split('\n');
  return { code, text: doctor.output, verdict: lines.findLast((line) => line.startsWith('A slave could')) ?? '' };
}

/** The doctor lets a slave join, in these words. */
export function expectJoins(said: Examination, sentence: RegExp): Examination {
  expect(said.verdict, said.text).to.match(sentence);
  expect(said.code, said.text).to.equal(0);
  return said;
}

/** The doctor says in these words why a slave could not join. */
export function expectNot(said: Examination, sentence: RegExp): Examination {
  expect(said.verdict, said.text).to.match(sentence);
  expect(said.code, said.text).to.equal(1);
  return said;
}

/** A firewall on this host, for what comes in. */
export function filter(host: Host, policy: string, ...rules: readonly string[]): void {
  const chain = `add chain inet f input { type filter hook input priority 0; ${policy}; }`;
  host.run('nft', ['add table inet f', chain, ...rules.map((rule) => `add rule inet f input ${rule}`)].join('; '));
}
