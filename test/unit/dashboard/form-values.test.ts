import { expect } from 'chai';
import {
  fieldsOf,
  initialEntries,
  parameterNamed,
  readEntries,
  readTaskTypes,
} from '../../../src/dashboard/run/form-values.ts';
import { orderOf } from '../../../src/dashboard/run/order.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    n: { type: 'integer', minimum: 0, maximum: 9, examples: [5] },
    share: { type: 'number', default: 0.5 },
    text: { type: 'string', maxLength: 100_000 },
    isLoud: { type: 'boolean' },
    colour: {
      anyOf: [
        { type: 'string', const: 'red' },
        { type: 'number', const: 7 },
      ],
    },
    points: { type: 'array', items: { type: 'integer' } },
  },
  required: ['n', 'text'],
};
const fields = fieldsOf({ name: 'paint', description: '', schema: SCHEMA });
const given = (entries: Record<string, string>) => readEntries('paint', fields, entries);

describe('The form of a task type', () => {
  it('has a field for each property, with its kind, hint and first value', () => {
    expect(fields.map(({ name, kind, isRequired, initial }) => [name, kind, isRequired, initial])).to.deep.equal([
      ['n', 'integer', true, '5'],
      ['share', 'number', false, '0.5'],
      ['text', 'text', true, ''],
      ['isLoud', 'flag', false, ''],
      ['colour', 'choice', false, ''],
      ['points', 'json', false, ''],
    ]);
    expect(fields[0]?.hint).to.equal('an integer from 0 to 9');
    expect(fields[4]?.choices.map(({ text }) => text)).to.deep.equal(['red', '7']);
    expect(fields.map(({ isLong }) => isLong)).to.deep.equal([false, false, true, false, false, true]);
    expect(initialEntries(fields)['n']).to.equal('5');
  });

  it('gives values their types', () => {
    const read = given({ n: ' 7 ', share: '-1.5e2', text: ' a ', isLoud: 'true', colour: '7', points: '[1, 2]' });
    expect(read).to.deep.equal({
      ok: true,
      params: { n: 7, share: -150, text: ' a ', isLoud: true, colour: 7, points: [1, 2] },
    });
  });

  it('leaves out what is empty, but for a text that is required', () => {
    expect(given({ n: '1', share: ' ', text: '', points: '' })).to.deep.equal({ ok: true, params: { n: 1, text: '' } });
  });

  it('does not send an integer that JSON would change', () => {
    const schema = { type: 'object', properties: { id: { type: 'integer' } } };
    const [id] = fieldsOf({ name: 'look', description: '', schema });
    const read = (text: string) => readEntries('look', [id!], { id: text });
    expect(read('9007199254740991')).to.deep.equal({ ok: true, params: { id: 9_007_199_254_740_991 } });
    expect(read('9007199254740993').ok).to.equal(false);
  });

  it('says what is wrong with each field, all at once', () => {
    const points = { name: 'points', why: 'parameter points must be a list, as JSON: [1, 2], got [1,' };
    const missing = { name: 'n', why: 'parameter n is missing: paint expects an integer from 0 to 9' };
    expect(given({ n: ' ', share: 'half', text: '', points: '[1,' })).to.deep.equal({
      ok: false,
      mistakes: [missing, { name: 'share', why: 'parameter share must be a number, got half' }, points],
    });
    for (const text of ['abc', '0x10', '1_000', '1,5', 'Infinity', '-1', '10', '1.5']) {
      const why = `parameter n must be an integer from 0 to 9, got ${text}`;
      expect(given({ n: text })).to.deep.equal({ ok: false, mistakes: [{ name: 'n', why }] });
    }
  });

  it('finds the field that a sentence of the master is about', () => {
    const names = ['n', 'text', 'timeoutMs'];
    const found = (sentence: string) => parameterNamed(sentence, names);
    expect(found('parameter n must be an integer from 0 to 9, got abc')).to.equal('n');
    expect(found('parameter text is missing: paint expects a text')).to.equal('text');
    expect(found('timeoutMs must be a number of milliseconds')).to.equal('timeoutMs');
    expect(found('parameter other must be 3')).to.equal(undefined);
    expect(found('the queue is full')).to.equal(undefined);
  });

  it('is made of whatever a slave announces', () => {
    const odd = fieldsOf({
      name: 'odd',
      description: '',
      schema: { properties: { a: true, b: { enum: [1, 'x', null] } } },
    });
    expect(odd.map(({ kind }) => kind)).to.deep.equal(['json', 'choice']);
    expect(fieldsOf({ name: 'none', description: '', schema: {} })).to.deep.equal([]);
  });
});

describe('The task types', () => {
  it('are listed by name, without what is none', () => {
    const types = readTaskTypes([
      { name: 'b', schema: {} },
      null,
      { name: 3 },
      { name: 'a', schema: {}, description: 'A' },
    ]);
    expect(types.map(({ name, description }) => [name, description])).to.deep.equal([
      ['a', 'A'],
      ['b', ''],
    ]);
    expect(readTaskTypes('nothing')).to.deep.equal([]);
  });
});

describe('Priority and time limit', () => {
  it('become members of the request, seconds as milliseconds', () => {
    expect(orderOf({ priority: 'high', timeout: ' 1.5 ' })).to.deep.equal({ priority: 'high', timeoutMs: 1500 });
    expect(orderOf({ priority: 'low', timeout: '' })).to.deep.equal({ priority: 'low' });
    expect(orderOf({ priority: 'low', timeout: 'soon' })).to.deep.equal({ priority: 'low', timeoutMs: 'soon' });
  });

  it('are read as parameters are: what is no plain number goes to the master, who explains it', () => {
    for (const timeout of ['0x10', '0b1', '1_000', 'Infinity'])
      expect(orderOf({ priority: 'low', timeout })).to.deep.equal({ priority: 'low', timeoutMs: timeout });
  });
});
