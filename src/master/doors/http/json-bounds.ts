// How much JSON a body may hold, looked at in its bytes before they are parsed: JSON.parse of a million members or of millions of nested
// arrays takes seconds in which the master hears no slave. One pass, nothing allocated. Up to the first syntax error it counts what
// JSON.parse would build; after that JSON.parse builds nothing.
import type { Failure } from '../../../common/errors.ts';
import { FRAME_BYTES_MAX } from '../../../common/protocol/framing.ts';

/** How deep JSON of a task may be nested: its own object, params, and what is in them. */
export const NESTING_MAX = 32;
/** Members of objects and items of lists, at all levels of one task. */
export const TASK_VALUES_MAX = 20_000;
/** The same for a whole body. */
export const VALUES_MAX = 250_000;
/** No slave could be told of a larger one. */
export const TASK_BYTES_MAX = FRAME_BYTES_MAX;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LIST = 0x5b;

const IS_QUOTE = 1;
const IS_OPENING = 2;
const IS_CLOSING = 3;
const IS_COMMA = 4;
type Meaning = 0 | typeof IS_QUOTE | typeof IS_OPENING | typeof IS_CLOSING | typeof IS_COMMA;

/** What each byte means outside of strings; 0 for all that need not be looked at. Bytes of other characters are above 0x7f. */
const MEANINGS = new Uint8Array(256);
MEANINGS[QUOTE] = IS_QUOTE;
for (const byte of Buffer.from('[{')) MEANINGS[byte] = IS_OPENING;
for (const byte of Buffer.from(']}')) MEANINGS[byte] = IS_CLOSING;
MEANINGS[0x2c] = IS_COMMA;

/** Why this body may not be parsed; undefined when it may. It is one task, or a list of them. */
export function refuseJson(json: Uint8Array): Failure | undefined {
  const isList = startsList(json);
  if (!isList && json.length > TASK_BYTES_MAX) return largeBody(json.length);
  const top = isList ? 1 : 0;
  let depth = 0;
  let values = 0;
  /** The task that is being looked at: its index, its first byte, and how many values were before it. */
  let index = 0;
  let start = 0;
  let before = 0;
  for (let i = 0; i < json.length; i++) {
    switch (MEANINGS[json[i] as number] as Meaning) {
      case 0:
        break;
      case IS_QUOTE:
        i = endOfString(json, i + 1);
        break;
      case IS_OPENING:
        depth++;
        values++;
        if (depth - top > NESTING_MAX) return deep(isList, index);
        if (isList && depth === 1) {
          start = i + 1;
          before = values;
        }
        if (values - before > TASK_VALUES_MAX || values > VALUES_MAX) return manyValues(isList, index, values);
        break;
      case IS_CLOSING:
        depth--;
        if (isList && depth === 0 && i - start > TASK_BYTES_MAX) return largeTask(index, i - start);
        break;
      case IS_COMMA:
        values++;
        if (isList && depth === 1) {
          if (i - start > TASK_BYTES_MAX) return largeTask(index, i - start);
          index++;
          start = i + 1;
          before = values;
        }
        if (values - before > TASK_VALUES_MAX || values > VALUES_MAX) return manyValues(isList, index, values);
        break;
    }
  }
  return undefined;
}

/** Whether the first byte that means anything opens a list. */
function startsList(json: Uint8Array): boolean {
  let i = 0;
  while (i < json.length && MEANINGS[json[i] as number] === 0) i++;
  return json[i] === LIST;
}

/** The place of the quote that ends the string; beyond the end when there is none. */
function endOfString(json: Uint8Array, from: number): number {
  let i = from;
  while (i < json.length && json[i] !== QUOTE) i += json[i] === BACKSLASH ? 2 : 1;
  return i;
}

function nameOf(isList: boolean, index: number): string {
  return isList ? `the task at index ${index.toString()}` : 'the body';
}

function deep(isList: boolean, index: number): Failure {
  const message = `${nameOf(isList, index)} is nested more than ${NESTING_MAX.toString()} levels deep`;
  return { code: 'BAD_PARAMETER', message };
}

function manyValues(isList: boolean, index: number, values: number): Failure {
  const message =
    values > VALUES_MAX
      ? `the body has more than ${VALUES_MAX.toString()} values at all levels: send several requests`
      : `${nameOf(isList, index)} has more than ${TASK_VALUES_MAX.toString()} values at all levels`;
  return { code: 'BODY_TOO_LARGE', message };
}

function largeTask(index: number, bytes: number): Failure {
  const message = `${nameOf(true, index)} has ${bytes.toString()} bytes; at most ${TASK_BYTES_MAX.toString()} are taken for one task`;
  return { code: 'BODY_TOO_LARGE', message };
}

function largeBody(bytes: number): Failure {
  const message = `the body has ${bytes.toString()} bytes; at most ${TASK_BYTES_MAX.toString()} are taken, unless it is an array of tasks`;
  return { code: 'BODY_TOO_LARGE', message };
}
