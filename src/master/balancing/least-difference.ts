// least-difference: best fit, the member whose remaining availability is smallest but enough, so that large gaps stay open for
// heavy tasks. Source: report 004, policy "least difference"; best fit after Johnson (1973).
import { bySequence, type Algorithm } from './algorithm.ts';
import { anyOfEquals } from './equals.ts';

export const leastDifference: Algorithm = {
  name: 'least-difference',
  picks:
    'the member with the smallest availability (max load − load) that can take the task; among equals by join order',
  key: [(member) => member.maxLoad - member.load, bySequence, bySequence],
  waits: false,
  pick: (index, { weight, draw }) => (draw === undefined ? index.first(weight) : anyOfEquals(index, weight, 0, draw)),
};
