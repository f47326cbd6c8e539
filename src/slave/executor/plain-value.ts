// Whether a result is what a task may give back: any JSON value, integers of any size, and bytes. Checked on the worker thread,
// since what MessagePack cannot carry faithfully would cost the slave its connection, or arrive as something else.

/** Larger integers would hold up whoever has to write them as decimal text. */
const INTEGER_BITS_MAX = 1_000_000;
/** Deeper values overflow the stack of whoever reads them. */
const NESTING_MAX = 500;
/** A message of 1 MiB holds no more values than this; what refers to itself over and over would never end. */
const VALUES_MAX = 1024 * 1024;

/** What is wrong with a result, as the end of a sentence about it; undefined when it can be sent. */
export function problemWith(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? new Walk().look(value, NESTING_MAX) : problemWithLeaf(value);
}

class Walk {
  #left = VALUES_MAX;

  look(value: unknown, levels: number): string | undefined {
    if (this.#left-- === 0) return `is larger than what one message can carry`;
    if (typeof value !== 'object' || value === null) return problemWithLeaf(value);
    if (value instanceof Uint8Array) return undefined;
    const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
    if (tag !== 'Object' && tag !== 'Array') return holds(tag);
    if (levels === 0)
      return `cannot be sent: it is nested more than ${NESTING_MAX.toString()} levels deep, or in itself`;
    for (const inner of Object.values(value)) {
      const problem = this.look(inner, levels - 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
}

function problemWithLeaf(value: unknown): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return holds(typeof value);
  if (typeof value !== 'bigint' || BigInt.asIntN(INTEGER_BITS_MAX, value) === value) return undefined;
  return `is an integer of more than ${INTEGER_BITS_MAX.toString()} bits`;
}

function holds(what: string): string {
  return `cannot be sent: it holds a ${what}, and only JSON values, BigInts and Uint8Arrays can be`;
}
