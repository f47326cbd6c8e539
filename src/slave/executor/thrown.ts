// What a task threw, told in words. Anything can be thrown, also what throws again when it is looked at.
import { STACK_CHARS_MAX } from '../../common/protocol/messages.ts';
import { shortened } from '../../common/text/shortened.ts';

/** The longest message that travels with a failure. */
const MESSAGE_CHARS_MAX = 2000;

export interface Thrown {
  readonly message: string;
  readonly stack?: string;
}

/** Message and stack of whatever was thrown. Never throws. */
export function describeThrown(thrown: unknown): Thrown {
  const message = shortened(
    textOf(() => messageIn(thrown)) ?? 'it threw something that cannot be shown',
    MESSAGE_CHARS_MAX,
  );
  const stack = textOf(() => (isObject(thrown) ? thrown['stack'] : undefined));
  return stack === undefined ? { message } : { message, stack: shortened(stack, STACK_CHARS_MAX) };
}

function messageIn(thrown: unknown): unknown {
  const message = isObject(thrown) ? thrown['message'] : undefined;
  return typeof message === 'string' ? message : String(thrown);
}

function textOf(read: () => unknown): string | undefined {
  try {
    const text = read();
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
