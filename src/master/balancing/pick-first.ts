// pick-first: one member gets everything, the others stand by. Tasks wait for it; when it is gone the next in join order is the
// first. Source: report 003, policy "pick first"; what waiting means is docs/adr/0017.
import { bySequence, type Algorithm } from './algorithm.ts';

export const pickFirst: Algorithm = {
  name: 'pick-first',
  picks: 'the first member in join order, whatever its load: tasks wait for it',
  key: [bySequence, bySequence, bySequence],
  waits: true,
  pick: (index, { weight }) => index.first(weight),
};
