// What a body may hold, told from its bytes alone.
import { expect } from 'chai';
import {
  NESTING_MAX,
  refuseJson,
  TASK_BYTES_MAX,
  TASK_VALUES_MAX,
  VALUES_MAX,
} from '../../../../../src/master/doors/http/json-bounds.ts';

const look = (json: string): string | undefined => refuseJson(Buffer.from(json))?.message;
const nested = (levels: number): string => `${'{"a":['.repeat(levels / 2)}${']}'.repeat(levels / 2)}`;
/** A list of so many numbers: as many values as a list and they are. */
const numbers = (count: number): string => `[${'1,'.repeat(count - 1)}1]`;
const task = (params: string): string => `{"type":"fib","params":${params}}`;
/** Beside the items of its list a task `task({"a": list})` has a type, params and `a`. */
const OTHERS = 3;

describe('the bounds of JSON', () => {
  it('let ordinary tasks pass, alone and in lists, and leave what is no JSON to the parser', () => {
    for (const json of ['', ' ', '7', '"', '"\\', '}', ']]]', '[', '{"a"', task('{"n":80}'), `[${task('{}')},7]`, '[]'])
      expect(look(json), json).to.equal(undefined);
  });

  it(`are ${NESTING_MAX} levels, not counting the list of tasks`, () => {
    expect(look(nested(NESTING_MAX))).to.equal(undefined);
    expect(look(`[7,${nested(NESTING_MAX)}]`)).to.equal(undefined);
    expect(look(`{"a":${nested(NESTING_MAX)}}`)).to.equal('the body is nested more than 32 levels deep');
    const second = look(`[${nested(NESTING_MAX)},[${nested(NESTING_MAX)}]]`);
    expect(second).to.equal('the task at index 1 is nested more than 32 levels deep');
  });

  it('see the list of tasks behind whitespace and a byte order mark', () => {
    for (const start of [' \t\r\n', '\ufeff']) expect(look(`${start}[${nested(NESTING_MAX)}]`)).to.equal(undefined);
  });

  it('do not count what stands in strings', () => {
    const text = '[{,'.repeat(TASK_VALUES_MAX);
    for (const string of [text, `\\"${text}`, `\\\\\\"${text}`, `é\\u0022${text}😀`])
      expect(look(task(`{"text":"${string}","n":"\\\\"}`)), string.slice(0, 10)).to.equal(undefined);
    expect(look(task(`{"text":"\\\\",${text}`)), 'the string has ended').to.match(/nested/);
  });

  it(`are ${TASK_VALUES_MAX} values at all levels for one task`, () => {
    const most = task(`{"a":${numbers(TASK_VALUES_MAX - OTHERS)}}`);
    const more = task(`{"a":${numbers(TASK_VALUES_MAX - OTHERS + 1)}}`);
    for (const json of [most, `[${most},${most}]`]) expect(look(json)).to.equal(undefined);
    expect(look(more)).to.equal('the body has more than 20000 values at all levels');
    expect(look(`[${most},${more}]`)).to.equal('the task at index 1 has more than 20000 values at all levels');
    const empty = task(`{"a":[${'[],'.repeat(TASK_VALUES_MAX)}[]]}`);
    expect(look(empty)).to.match(/more than 20000 values/);
  });

  it(`are ${VALUES_MAX} values for all tasks together`, () => {
    // A list of 12 500 tasks would be too long, but that is not seen here. Each is a value, with nine in it.
    const tasks = (count: number): string => `[${Array.from({ length: count }, () => numbers(9)).join(',')}]`;
    expect(look(tasks(VALUES_MAX / 10))).to.equal(undefined);
    expect(look(tasks(VALUES_MAX / 10 + 1))).to.match(/^the body has more than 250000 values at all levels/);
  });

  it(`are ${TASK_BYTES_MAX} bytes for one task`, () => {
    const of = (bytes: number): string => `"${'é'.repeat((bytes - 2) / 2)}"`;
    expect(look(of(TASK_BYTES_MAX))).to.equal(undefined);
    expect(look(`[${of(TASK_BYTES_MAX)},${of(TASK_BYTES_MAX)}]`)).to.equal(undefined);
    expect(look(of(TASK_BYTES_MAX + 2))).to.match(/^the body has 1048578 bytes; at most 1048576 are taken, unless/);
    for (const list of [`[7,${of(TASK_BYTES_MAX + 2)}]`, `[7,${of(TASK_BYTES_MAX + 2)},7]`])
      expect(look(list)).to.match(/^the task at index 1 has 1048578 bytes; at most 1048576 are taken for one task$/);
  });
});
