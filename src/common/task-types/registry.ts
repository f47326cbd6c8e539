// Every task type that ships with Lanyard. A new one is one file in built-in/ and one line here.
import { burn } from './built-in/burn.ts';
import { countprimes } from './built-in/countprimes.ts';
import { fib } from './built-in/fib.ts';
import { mandelbrot } from './built-in/mandelbrot.ts';
import { reverse } from './built-in/reverse.ts';
import type { TaskType, TaskTypeSpec } from './contract.ts';

export const BUILT_IN_TASK_TYPES: readonly TaskType[] = [fib, countprimes, reverse, burn, mandelbrot];

/** The part of a task type that travels. */
export function specOf({ name, description, schema, resultKind, weight }: TaskType): TaskTypeSpec {
  return { name, description, schema, resultKind, weight };
}
