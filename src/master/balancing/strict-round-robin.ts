// strict-round-robin: turns that nobody loses. Work waits for the member whose turn it is while that is full (docs/adr/0017), and who is
// unwell or without slots has no turn. Source: report 002, where a request goes to the next server in turn only.
import type { Algorithm } from './algorithm.ts';
import { roundRobin } from './round-robin.ts';

export const strictRoundRobin: Algorithm = {
  name: 'strict-round-robin',
  picks: 'the next member in join order after the last one picked, and no other: tasks wait for it while it is full',
  key: roundRobin.key,
  waits: true,
  waitsInTurn: true,
  pick: (index, request) => roundRobin.pick(index, request),
};
