// The task types that worker threads have in tests: the built-in ones, and one that does what the test says. It stands in for
// src/common/task-types/registry.ts inside the thread: see worker-threads.ts.
import type { TaskType } from '../../src/common/task-types/contract.ts';
import { BUILT_IN_TASK_TYPES as BUILT_IN } from '../../src/common/task-types/registry.ts';

const script: TaskType = {
  name: 'script',
  description: 'Runs JavaScript: the body of a function of the task context and of what the test gave.',
  schema: { type: 'object', properties: { code: { type: 'string' } } },
  resultKind: 'json',
  weight: { constant: 1 },
  run: ({ code, given }, context) => {
    // A test type is for misbehaving: this one can do all that a task file could.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
    return new Function('context', 'given', code as string)(context, given) as unknown;
  },
};

export const BUILT_IN_TASK_TYPES: readonly TaskType[] = [...BUILT_IN, script];
