// first-available: fills the member that joined first, then the next. Keeps few members busy, so that the others may go idle.
// Source: report 004, policy "first available".
import { bySequence, type Algorithm } from './algorithm.ts';

export const firstAvailable: Algorithm = {
  name: 'first-available',
  picks: 'the first member in join order that can take the task',
  key: [bySequence, bySequence, bySequence],
  waits: false,
  pick: (index, { weight }) => index.first(weight),
};
