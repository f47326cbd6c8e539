// least-connections: the member with the fewest leases open in this group; among equals the one picked longest ago. Source: HAProxy's
// `leastconn`, which also takes servers of equal load in turn. It counts and does not weigh: for requests of unknown length.
import { bySequence, type Algorithm } from './algorithm.ts';
import { anyOfEquals } from './equals.ts';

export const leastConnections: Algorithm = {
  name: 'least-connections',
  picks: 'the member with the fewest tasks or requests open in this group; among equals the one picked longest ago',
  key: [(member) => member.leases, (member) => member.lastPicked, bySequence],
  waits: false,
  pick: (index, { weight, draw }) => (draw === undefined ? index.first(weight) : anyOfEquals(index, weight, 0, draw)),
};
