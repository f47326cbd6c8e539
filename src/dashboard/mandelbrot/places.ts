// Places worth a visit.
import type { View } from './plane.ts';

/** Without a view: all of the set. */
export const PLACES: readonly { readonly title: string; readonly view?: View }[] = [
  { title: 'The whole set' },
  { title: 'Seahorse valley', view: { x: -0.7463, y: 0.1102, level: 16 } },
  { title: 'Elephant valley', view: { x: 0.2925, y: 0.0149, level: 15 } },
  { title: 'Double spiral', view: { x: -0.743643887, y: 0.131825904, level: 25 } },
  { title: 'A small copy', view: { x: -1.7548776662, y: 0, level: 13 } },
  { title: 'Dendrite', view: { x: -0.1592, y: 1.0338, level: 15 } },
  { title: 'Far down', view: { x: -0.743643887037151, y: 0.13182590420533, level: 40 } },
];
