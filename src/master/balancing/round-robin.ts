// round-robin: the next in turn, passing over members that cannot take the task. Source: report 004, policy "round robin";
// Nagle, RFC 970 (1985).
import { bySequence, type Algorithm } from './algorithm.ts';
import { NONE } from './ordered-index.ts';

export const roundRobin: Algorithm = {
  name: 'round-robin',
  picks: 'the next member in join order after the last one picked',
  key: [bySequence, bySequence, bySequence],
  waits: false,
  pick(index, { weight, lastSequence }) {
    const next = index.firstAfter(lastSequence, weight);
    return next === NONE ? index.first(weight) : next;
  },
};
