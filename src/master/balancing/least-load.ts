// least-load: the member with the lowest weight in flight × CPU load, or reported load. Among equals the one picked longest ago, so
// that idle members take turns. Source: report 004, policy "least load", with the load already there counted (docs/adr/0001).
import type { Algorithm } from './algorithm.ts';
import { anyOfEquals, firstOfEquals } from './equals.ts';

export const leastLoad: Algorithm = {
  name: 'least-load',
  picks: 'the member with the lowest load, then the lowest CPU load; among equals the one picked longest ago',
  key: [(member) => member.load, (member) => member.cpuLoad, (member) => member.lastPicked],
  waits: false,
  pick: (index, { weight, equalWithin, draw }) =>
    draw === undefined ? firstOfEquals(index, weight, equalWithin) : anyOfEquals(index, weight, equalWithin, draw),
};
