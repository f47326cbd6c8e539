// From the URL of GET /task to a request, and from a failure to a problem.
import { expect } from 'chai';
import { ERROR_CODES, LanyardError, messageOf } from '../../../../../src/common/errors.ts';
import { problemOf, retryAfter } from '../../../../../src/master/doors/http/problem.ts';
import { readTaskRequest, TIMEOUT_DEFAULT_MS } from '../../../../../src/master/doors/http/task-endpoint.ts';
import { problemType, STATUS_CODES } from '../../../../../src/master/doors/status-codes.ts';

describe('the URL of a task', () => {
  it('names type and timeout; everything else is for the task type to read', () => {
    const wanted = readTaskRequest('/task?n=80&type=fib&timeout=5s&n=81&x=');
    expect(wanted).to.deep.equal({
      type: 'fib',
      timeoutMs: 5000,
      query: new Map([
        ['n', ['80', '81']],
        ['x', ['']],
      ]),
    });
  });

  it('has a timeout of 60 s when it names none', () => {
    expect(readTaskRequest('/task?type=fib')).to.deep.equal({
      type: 'fib',
      timeoutMs: TIMEOUT_DEFAULT_MS,
      query: new Map(),
    });
    expect(TIMEOUT_DEFAULT_MS).to.equal(60_000);
  });

  it('is decoded like any other', () => {
    const wanted = readTaskRequest('/task?type=re%76erse&text=a+b%26c%3D%F0%9F%98%80%zz');
    expect(wanted).to.deep.include({ type: 'reverse', query: new Map([['text', ['a b&c=😀%zz']]]) });
  });

  it('with names of object properties means those names', () => {
    const wanted = readTaskRequest('/task?type=__proto__&constructor=1&__proto__=2');
    expect(wanted).to.deep.include({
      type: '__proto__',
      query: new Map([
        ['constructor', ['1']],
        ['__proto__', ['2']],
      ]),
    });
  });

  for (const url of [
    '',
    '/task',
    '/task?',
    '/task?n=80',
    '/task?type=a&type=b',
    '/task?type=a&timeout=0',
    '/task?type=a&timeout=x',
    '/task?type=a&timeout=1s&timeout=1s',
  ]) {
    it(`${url || '(empty)'} is refused`, () => expect(readTaskRequest(url)).to.include({ code: 'BAD_PARAMETER' }));
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
    expect(status).to.include({ NO_SLAVE: 503, DRAINING: 503, DEADLINE_PASSED: 504 });
  });

  it('says when to try again where that may help', () => {
    const trying = ERROR_CODES.filter((code) => 'retry-after' in retryAfter({ code, message: '' }));
    expect(trying).to.deep.equal(['QUEUE_FULL', 'NO_SLAVE', 'DRAINING']);
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
