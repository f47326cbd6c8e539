// fib(n): the n-th Fibonacci number, exact. One addition per step, so that the work grows with n as its weight does.
import { defineTaskType } from '../contract.ts';

export const fib = defineTaskType<{ n: number }>({
  name: 'fib',
  description: 'The n-th Fibonacci number, exact: fib(0) = 0, fib(1) = 1.',
  schema: {
    type: 'object',
    properties: { n: { type: 'integer', minimum: 0, maximum: 100_000, examples: [80] } },
    required: ['n'],
    additionalProperties: false,
  },
  resultKind: 'integer',
  weight: { factor: 1, parameter: 'n', power: 1 },
  run({ n }) {
    let current = 0n;
    let next = 1n;
    for (let i = 0; i < n; i++) [current, next] = [next, current + next];
    return current;
  },
});
