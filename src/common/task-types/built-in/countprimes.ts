// countprimes(n): how many primes lie in [1, n], deliberately naive as in report 004: every divisor below i is tried until one
// divides. The work grows with n² (over ln n), and so does the weight.
import { defineTaskType } from '../contract.ts';

const PROGRESS_STEPS = 100;

export const countprimes = defineTaskType<{ n: number }>({
  name: 'countprimes',
  description: 'How many primes lie in [1, n], counted the slow way: heavy work for its size.',
  schema: {
    type: 'object',
    properties: { n: { type: 'integer', minimum: 0, maximum: 300_000, examples: [20_000] } },
    required: ['n'],
    additionalProperties: false,
  },
  resultKind: 'number',
  weight: { factor: 1, parameter: 'n', power: 2 },
  run({ n }, context) {
    const step = Math.ceil(n / PROGRESS_STEPS);
    let primes = 0;
    for (let i = 2; i <= n; i++) {
      if (isPrime(i)) primes++;
      if (i % step === 0) context.progress((i / n) ** 2);
    }
    return primes;
  },
});

function isPrime(i: number): boolean {
  for (let divisor = 2; divisor < i; divisor++) {
    if (i % divisor === 0) return false;
  }
  return true;
}
