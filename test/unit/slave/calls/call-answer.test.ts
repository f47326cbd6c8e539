// What a caller is told of each ending of its task.
import { expect } from 'chai';
import { answerOf, RESULT_BYTES_MAX } from '../../../../src/slave/calls/call-answer.ts';
import { CANCELLED, EXPIRED } from '../../../../src/slave/executor/slave-task.ts';

const done = (value: unknown): unknown => answerOf('fib', { outcome: 'done', value }, 5);

describe("a call's answer", () => {
  it('is the result as GET /task answers it, and bytes as they are', () => {
    expect(done(23416728348467685n)).to.deep.equal({ text: '23416728348467685' });
    expect(done('olleh')).to.deep.equal({ text: 'olleh' });
    expect(done({ a: 2n ** 64n })).to.deep.equal({ text: '{"a":"18446744073709551616"}' });
    expect(done(null)).to.deep.equal({ text: 'null' });
    expect(done(new Uint8Array([0, 255]))).to.deep.equal({ data: new Uint8Array([0, 255]) });
  });

  it('is what was thrown, after the name of the type', () => {
    const thrown = answerOf('fib', { outcome: 'failed', value: 'out of luck', stack: 'Error: …' }, 5);
    expect(thrown).to.deep.include({ code: 'TASK_FAILED', message: 'fib: out of luck' });
  });

  it('says that the task was cancelled, or that the deadline passed', () => {
    expect(answerOf('fib', CANCELLED, 5)).to.deep.include({ code: 'CANCELLED' });
    expect(answerOf('fib', EXPIRED, 1234.5)).to.deep.equal({
      code: 'DEADLINE_PASSED',
      message: 'the deadline passed after 1235 ms; give the call more time',
    });
  });

  it('is an error when one message cannot carry the result: by bytes, not by characters', () => {
    expect(done('x'.repeat(RESULT_BYTES_MAX))).to.have.property('text');
    expect(done(new Uint8Array(RESULT_BYTES_MAX))).to.have.property('data');
    const bytes = RESULT_BYTES_MAX + 1;
    for (const value of ['x'.repeat(bytes), 'é'.repeat(Math.ceil(bytes / 2)), new Uint8Array(bytes)]) {
      const answer = done(value);
      expect(answer).to.have.property('code', 'RESULT_TOO_LARGE');
      expect(answer)
        .to.have.property('message')
        .that.matches(/takes 41902\d\d bytes; .+ 4190208 at most$/);
    }
  });

  it('is an error when the result is nested too deeply to be written down', () => {
    let value: unknown = 1;
    for (let i = 0; i < 20_000; i++) value = [value];
    expect(done(value)).to.deep.equal({ code: 'TASK_FAILED', message: 'the result cannot be shown as text' });
  });
});
