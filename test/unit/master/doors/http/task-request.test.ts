// From the URL of GET /task, or an object of POST /tasks, to a request; and from a failure to a problem.
import { expect } from 'chai';
import { ERROR_CODES, LanyardError, messageOf } from '../../../../../src/common/errors.ts';
import { problemOf, retryAfter } from '../../../../../src/master/doors/http/problem.ts';
import {
  readTaskObject,
  readTaskQuery,
  TIMEOUT_DEFAULT_MS,
} from '../../../../../src/master/doors/http/task-request.ts';
import { problemType, STATUS_CODES } from '../../../../../src/common/status-codes.ts';

const query = (values: [string, string[]][]): unknown => ({ form: 'query', values: new Map(values) });
const UNLIMITED = { waitTimeoutMs: Infinity, runTimeoutMs: Infinity };
const PLAIN = { priority: 'normal', retries: 0, ...UNLIMITED };

describe('the URL of a task', () => {
  it('names type and the limits; everything else is for the task type to read', () => {
    const url =
      '/task?n=80&type=fib&timeout=5s&n=81&x=&waitTimeout=1s&runTimeout=2m&priority=high&retries=3&Priority=low';
    expect(readTaskQuery(url)).to.deep.equal({
      type: 'fib',
      priority: 'high',
      timeoutMs: 5000,
      waitTimeoutMs: 1000,
      runTimeoutMs: 120_000,
      retries: 3,
      given: query([
        ['n', ['80', '81']],
        ['x', ['']],
        ['Priority', ['low']],
      ]),
    });
  });

  it('has a timeout of 60 s, no other limit, normal priority and no retries when it names none', () => {
    expect(readTaskQuery('/task?type=fib')).to.deep.equal({
      type: 'fib',
      given: query([]),
      timeoutMs: TIMEOUT_DEFAULT_MS,
      ...PLAIN,
    });
    expect(TIMEOUT_DEFAULT_MS).to.equal(60_000);
  });

  it('is decoded like any other', () => {
    const wanted = readTaskQuery('/task?type=re%76erse&text=a+b%26c%3D%F0%9F%98%80%zz');
    expect(wanted).to.deep.include({ type: 'reverse', given: query([['text', ['a b&c=😀%zz']]]) });
  });

  it('with names of object properties means those names', () => {
    const wanted = readTaskQuery('/task?type=__proto__&constructor=1&__proto__=2');
    expect(wanted).to.deep.include({
      type: '__proto__',
      given: query([
        ['constructor', ['1']],
        ['__proto__', ['2']],
      ]),
    });
  });

  for (const [url, says] of [
    ['', /type is missing/],
    ['/task', /type is missing/],
    ['/task?', /type is missing/],
    ['/task?n=80', /type is missing/],
    ['/task?type=a&type=b', /type was given 2 times/],
    ['/task?type=a&timeout=0', /timeout must be a duration such as 500ms, 2s, 2m or 1h, more than 0.* got 0/],
    ['/task?type=a&timeout=x', /timeout must be .* got x/],
    ['/task?type=a&timeout=', /timeout must be .* got nothing/],
    ['/task?type=a&timeout=1s&timeout=1s', /timeout must be .* given once; got 1s and 1s/],
    ['/task?type=a&waitTimeout=5', /waitTimeout must be .* got 5/],
    ['/task?type=a&runTimeout=-1s', /runTimeout must be .* got -1s/],
    ['/task?type=a&priority=urgent', /priority must be one of high, normal, low.* got urgent/],
    ['/task?type=a&priority=', /priority must be one of .* got nothing/],
    ['/task?type=a&priority=low&priority=low', /priority must be .* got low and low/],
    ['/task?type=a&retries=-1', /retries must be a whole number from 0 to 100; got -1/],
    ['/task?type=a&retries=101', /retries must be .* got 101/],
    ['/task?type=a&retries=1.5', /retries must be .* got 1.5/],
    ['/task?type=a&retries=1&retries=1', /retries must be .* got 1 and 1/],
  ] as const) {
    it(`${url || '(empty)'} is refused`, () => {
      const wanted = readTaskQuery(url);
      expect(wanted).to.include({ code: 'BAD_PARAMETER' });
      expect((wanted as { message: string }).message).to.match(says);
    });
  }
});

describe('the object of a task', () => {
  it('carries everything, and nothing is a text', () => {
    const limits = { timeoutMs: 1, waitTimeoutMs: 0.5, runTimeoutMs: 2 ** 31 - 1 };
    const rest = { priority: 'low', retries: 100 };
    expect(readTaskObject({ type: 'fib', params: { n: 80 }, ...limits, ...rest })).to.deep.equal({
      type: 'fib',
      given: { form: 'json', values: { n: 80 } },
      ...limits,
      ...rest,
    });
  });

  it('has no limit at all, normal priority and no retries when it names none', () => {
    expect(readTaskObject({ type: 'fib' })).to.deep.equal({
      type: 'fib',
      given: { form: 'json', values: {} },
      timeoutMs: Infinity,
      ...PLAIN,
    });
  });

  const fib = (more: object): unknown => ({ type: 'fib', ...more });
  for (const [name, value, says] of [
    ['a number', 7, /a task must be an object such as .* got 7/],
    ['null', null, /must be an object .* got null/],
    ['an array', [], /must be an object .* got \[\]/],
    ['no type', {}, /type must be the name of a task type .* got nothing/],
    ['a type that is no text', { type: 7 }, /type must be .* got 7/],
    ['an empty type', { type: '' }, /type must be .* got nothing/],
    ['a typing error', fib({ timeoutMS: 5 }), /unknown member timeoutMS: a task has type, params, priority, timeoutMs/],
    ['a parameter outside params', fib({ n: 80 }), /unknown member n: .* goes into params/],
    ['params that are an array', fib({ params: [80] }), /params must be an object .* got \[80\]/],
    ['params that are null', fib({ params: null }), /params must be an object .* got null/],
    ['an unknown priority', fib({ priority: 'urgent' }), /priority must be one of high, normal, low; got urgent/],
    ['a priority that is null', fib({ priority: null }), /priority must be .* got null/],
    ['a timeout of 0', fib({ timeoutMs: 0 }), /timeoutMs must be a number of milliseconds, more than 0 .* got 0/],
    ['a timeout that is a text', fib({ timeoutMs: '5s' }), /timeoutMs must be .* got 5s/],
    [
      'a timeout of a year',
      fib({ runTimeoutMs: 3e10 }),
      /runTimeoutMs must be .* at most 2147483647.* got 30000000000/,
    ],
    ['a negative wait', fib({ waitTimeoutMs: -1 }), /waitTimeoutMs must be .* got -1/],
    ['retries that are no number', fib({ retries: '1' }), /retries must be a whole number from 0 to 100; got 1/],
    ['too many retries', fib({ retries: 101 }), /retries must be .* got 101/],
  ] as const) {
    it(`with ${name} is refused`, () => {
      const wanted = readTaskObject(value);
      expect(wanted).to.include({ code: 'BAD_PARAMETER' });
      expect((wanted as { message: string }).message).to.match(says);
    });
  }
});

describe('a problem', () => {
  it('has a status, a title and a type of its own for every code', () => {
    for (const code of ERROR_CODES) {
      expect(STATUS_CODES[code].http, code).to.be.within(400, 599);
      expect(STATUS_CODES[code].title, code).not.to.equal('');
    }
    expect(new Set(ERROR_CODES.map(problemType)).size).to.equal(ERROR_CODES.length);
  });

  it('is what DESIGN §5 says', () => {
    const status = Object.fromEntries(ERROR_CODES.map((code) => [code, STATUS_CODES[code].http]));
    expect(status).to.include({
      BAD_PARAMETER: 400,
      UNKNOWN_TASK_TYPE: 400,
      UNKNOWN_ALGORITHM: 400,
      FORBIDDEN: 403,
      NOT_FOUND: 404,
    });
    expect(status).to.include({
      METHOD_NOT_ALLOWED: 405,
      BODY_TOO_LARGE: 413,
      TOO_HEAVY: 422,
      QUEUE_FULL: 429,
      TASK_FAILED: 500,
    });
    expect(status).to.include({ NO_SLAVE: 503, DRAINING: 503, DEADLINE_PASSED: 504, RUN_LIMIT_PASSED: 504 });
    expect(status).to.include({ CONFLICT: 409, CANCELLED: 409, KEY_REUSED: 422, TOO_MANY_LISTENERS: 503 });
  });

  it('says when to try again where that may help', () => {
    const trying = ERROR_CODES.filter((code) => 'retry-after' in retryAfter({ code, message: '' }));
    const none = ['NO_SLAVE', 'DRAINING', 'TOO_MANY_LISTENERS', 'NO_BACKEND', 'NO_ROOM'];
    expect(trying).to.have.members(['QUEUE_FULL', ...none]);
  });

  it('says so by what the failure knows, in whole seconds, rather than by the table', () => {
    const after = (retryAfterS: number): unknown =>
      retryAfter({ code: 'QUEUE_FULL', message: '', details: { retryAfterS } })['retry-after'];
    expect([after(7), after(2.1), after(0)]).to.deep.equal(['7', '3', '1']);
    expect(retryAfter({ code: 'CONFLICT', message: '', details: { retryAfterS: 4 } })).to.deep.equal({
      'retry-after': '4',
    });
  });

  it('has the details of the failure as members, but is not overwritten by them', () => {
    const details = { queueLength: 7, status: 200, type: 'x', title: 'x', detail: 'x', toString: 'x' };
    const problem = problemOf({ code: 'QUEUE_FULL', message: '7 wait', details });
    expect(Object.keys(problem)).to.deep.equal(['type', 'title', 'status', 'detail', 'queueLength']);
    expect(problem).to.include({ status: 429, detail: '7 wait', queueLength: 7 });
  });

  it('carries the sentence', () => {
    const title = STATUS_CODES.QUEUE_FULL.title;
    const type = 'urn:lanyard:problem:queue-full';
    expect(problemOf({ code: 'QUEUE_FULL', message: '7 wait' })).to.deep.equal({
      type,
      title,
      status: 429,
      detail: '7 wait',
    });
  });
});

describe('an error', () => {
  it('keeps its code, message and cause', () => {
    const cause = new Error('EADDRINUSE');
    expect(new LanyardError('CANNOT_BIND', 'port taken', cause)).to.include({
      code: 'CANNOT_BIND',
      message: 'port taken',
      cause,
    });
  });

  it('has a message, whatever was thrown', () => {
    expect([messageOf(new Error('a')), messageOf('b'), messageOf(undefined), messageOf(null)]).to.deep.equal([
      'a',
      'b',
      'undefined',
      'null',
    ]);
  });
});
