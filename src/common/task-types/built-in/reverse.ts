// reverse(text): the text backwards, after `workMs` milliseconds slept: the dummy task of the look-aside report (003), which
// stands for work that waits rather than computes.
import { defineTaskType } from '../contract.ts';

const TEXT_CHARS_MAX = 100_000;
const WORK_MS_MAX = 3_600_000;

export const reverse = defineTaskType<{ text: string; workMs?: number }>({
  name: 'reverse',
  description: 'The text backwards, after workMs milliseconds of sleep: work that waits.',
  schema: {
    type: 'object',
    properties: {
      text: { type: 'string', maxLength: TEXT_CHARS_MAX, examples: ['lanyard'] },
      workMs: { type: 'integer', minimum: 0, maximum: WORK_MS_MAX },
    },
    required: ['text'],
    additionalProperties: false,
  },
  resultKind: 'text',
  weight: { factor: 1, parameter: 'workMs', power: 1 },
  run({ text, workMs = 0 }) {
    const reversed = Array.from(text).reverse().join('');
    if (workMs === 0) return reversed;
    return new Promise((resolve) => setTimeout(() => resolve(reversed), workMs));
  },
});
