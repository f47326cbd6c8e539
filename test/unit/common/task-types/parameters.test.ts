// From what a client sent to checked parameters, or to a sentence that names the parameter and says what is allowed.
import { expect } from 'chai';
import fc from 'fast-check';
import { fib } from '../../../../src/common/task-types/built-in/fib.ts';
import type { TaskTypeSpec } from '../../../../src/common/task-types/contract.ts';
import { describeSchema } from '../../../../src/common/task-types/describe-schema.ts';
import { ParameterReader, type ReadParams } from '../../../../src/common/task-types/parameters.ts';

function spec(properties: object, required: readonly string[] = []): TaskTypeSpec {
  const schema = { type: 'object', properties, required, additionalProperties: false };
  return { name: 'test', description: '', schema, resultKind: 'json', weight: { constant: 1 } };
}

const ALL = new ParameterReader(
  spec({
    count: { type: 'integer', minimum: -5, maximum: 5 },
    ratio: { type: 'number', minimum: 0 },
    on: { type: 'boolean' },
    text: { type: 'string', maxLength: 5 },
    list: { type: 'array', items: { type: 'integer' } },
  }),
);

const query = (reader: ParameterReader, text: string): ReadParams => {
  const given = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) given.set(name, [...(given.get(name) ?? []), value]);
  return reader.fromQuery(given);
};
const problem = (read: ReadParams): string => (read.ok ? `taken: ${JSON.stringify(read.params)}` : read.problem);

describe('parameters in a URL', () => {
  for (const [text, params] of [
    ['count=5', { count: 5 }],
    ['count=', {}],
    ['count=-5', { count: -5 }],
    ['count=-0', { count: 0 }],
    ['count=0005', { count: 5 }],
    ['ratio=0.25', { ratio: 0.25 }],
    ['ratio=7', { ratio: 7 }],
    ['ratio=1e-12', { ratio: 1e-12 }],
    ['ratio=1.4210854715202004E-14', { ratio: 2 ** -46 }],
    ['ratio=2e%2B3', { ratio: 2000 }],
    ['on=true', { on: true }],
    ['on=false', { on: false }],
    ['text=', { text: '' }],
    ['text=%F0%9F%98%80', { text: '😀' }],
    ['text=5', { text: '5' }],
    ['list=[1,2]', { list: [1, 2] }],
    ['', {}],
    ['text=a&count=1', { text: 'a', count: 1 }],
  ] as const) {
    it(`${text === '' ? 'none at all' : text} is taken`, () => {
      expect(query(ALL, text)).to.deep.equal({ ok: true, params });
    });
  }

  it('minus zero is zero', () => {
    const read = query(ALL, 'count=-0');
    expect(read.ok && Object.is(read.params['count'], 0)).to.equal(true);
  });

  for (const [text, says] of [
    ['count=6', 'parameter count must be an integer from -5 to 5, got 6'],
    ['count=1.5', 'parameter count must be an integer from -5 to 5, got 1.5'],
    ['count=1e0', 'parameter count must be an integer from -5 to 5, got 1e0'],
    ['count=%201', 'parameter count must be an integer from -5 to 5, got  1'],
    ['count=1&count=1', 'parameter count was given 2 times, expected once'],
    ['ratio=-1', 'parameter ratio must be a number of at least 0, got -1'],
    ['ratio=.5', 'parameter ratio must be a number of at least 0, got .5'],
    ['ratio=Infinity', 'parameter ratio must be a number of at least 0, got Infinity'],
    ['ratio=1e999', 'parameter ratio must be a number of at least 0, got 1e999'],
    ['ratio=1e', 'parameter ratio must be a number of at least 0, got 1e'],
    ['ratio=e5', 'parameter ratio must be a number of at least 0, got e5'],
    ['ratio=1e0.5', 'parameter ratio must be a number of at least 0, got 1e0.5'],
    ['ratio=1e1234', 'parameter ratio must be a number of at least 0, got 1e1234'],
    ['on=1', 'parameter on must be true or false, got 1'],
    ['on=TRUE', 'parameter on must be true or false, got TRUE'],
    ['text=123456', 'parameter text must be a text of at most 5 characters, got 123456'],
    ['nope=1', 'unknown parameter nope: test takes count, ratio, on, text, list'],
    ['no%E2%80%8Bpe%0A=1', 'unknown parameter no?pe?: test takes count, ratio, on, text, list'],
    ['__proto__=1', 'unknown parameter __proto__: test takes count, ratio, on, text, list'],
    ['toString=1', 'unknown parameter toString: test takes count, ratio, on, text, list'],
  ] as const) {
    it(`${text} is refused: ${says}`, () => expect(problem(query(ALL, text))).to.equal(says));
  }

  it('that are broken JSON are refused', () => {
    for (const text of ['list=[1,', 'list=1', 'list=["a"]', 'list={}'])
      expect(problem(query(ALL, text))).to.match(/^parameter list must be /);
  });

  it('that are missing are named with what is expected', () => {
    expect(problem(query(new ParameterReader(fib), ''))).to.equal(
      'parameter n is missing: fib expects an integer from 0 to 100000',
    );
  });

  it('of a type without any say so', () => {
    expect(problem(query(new ParameterReader(spec({})), 'a=1'))).to.equal(
      'unknown parameter a: test takes no parameters',
    );
  });

  it('repeat no more than 60 characters of what was given', () => {
    expect(problem(query(ALL, `count=${'9'.repeat(1000)}`)).length).to.be.below(200);
    expect(problem(query(ALL, `${'n'.repeat(1000)}=1`)).length).to.be.below(200);
  });

  it('are read without throwing, and what is taken is within the schema', () => {
    const reader = new ParameterReader(fib);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
        const read = reader.fromQuery(new Map([['n', [text]]]));
        if (read.ok) expect(read.params['n']).to.satisfy((n: number) => Number.isInteger(n) && n >= 0 && n <= 100_000);
        else expect(read.problem).to.contain('parameter n');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parameters in JSON', () => {
  it('have their types already', () => {
    const params = { count: 5, ratio: 0.5, on: true, text: 'a', list: [1] };
    expect(ALL.fromJson(params)).to.deep.equal({ ok: true, params });
  });

  it('are not converted', () => {
    expect(problem(ALL.fromJson({ count: '5' }))).to.equal('parameter count must be an integer from -5 to 5, got 5');
    expect(problem(ALL.fromJson({ count: null }))).to.equal(
      'parameter count must be an integer from -5 to 5, got null',
    );
    expect(problem(ALL.fromJson({ count: { a: 1 } }))).to.contain('got {"a":1}');
    expect(problem(ALL.fromJson({ list: ['a'] }))).to.match(/^parameter list must be /);
  });

  it('that are unknown are named', () => {
    expect(problem(ALL.fromJson({ nope: 1 }))).to.equal(
      'unknown parameter nope: test takes count, ratio, on, text, list',
    );
    expect(problem(ALL.fromJson(JSON.parse('{"__proto__": 1}') as Record<string, unknown>))).to.contain(
      'unknown parameter __proto__',
    );
  });
});

describe('a schema', () => {
  it('that is none is an error when the reader is made', () => {
    expect(() => new ParameterReader(spec({ n: { type: 'nonsense' } }))).to.throw();
    expect(() => new ParameterReader(spec({ n: 7 }))).to.throw();
  });

  it('is told in words', () => {
    expect(describeSchema({ type: 'integer' })).to.equal('an integer');
    expect(describeSchema({ type: 'integer', maximum: 5 })).to.equal('an integer of at most 5');
    expect(describeSchema({ type: 'number', minimum: 0.5 })).to.equal('a number of at least 0.5');
    expect(describeSchema({ type: 'string' })).to.equal('a text');
    expect(describeSchema({ type: 'boolean' })).to.equal('true or false');
    expect(describeSchema({ enum: ['a', 'b'] })).to.equal('a value of the schema {"enum":["a","b"]}');
  });
});
