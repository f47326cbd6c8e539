// The task types that a cluster knows, and what slaves may bring.
import { expect } from 'chai';
import type { GroupOffer } from '../../../../src/common/protocol/messages.ts';
import { BUILT_IN_TASK_TYPES, specOf } from '../../../../src/common/task-types/registry.ts';
import type { TaskTypeSpec } from '../../../../src/common/task-types/contract.ts';
import { Catalogue } from '../../../../src/master/dispatch/catalogue.ts';

function specNamed(name: string, change: Partial<TaskTypeSpec> = {}): TaskTypeSpec {
  const schema = { type: 'object', properties: { size: { type: 'integer', minimum: 1 } }, required: ['size'] };
  return { name, description: 'A test.', schema, resultKind: 'json', weight: { constant: 3 }, ...change };
}

function offer(name: string, ...taskTypes: TaskTypeSpec[]): GroupOffer {
  return { name, slots: 1, taskTypes };
}

describe('catalogue', () => {
  let catalogue: Catalogue;

  beforeEach(() => (catalogue = new Catalogue()));

  it('knows the built-in types from the start, all in group compute', () => {
    expect(Array.from(catalogue.all(), ({ spec, group }) => [spec.name, group])).to.deep.equal(
      BUILT_IN_TASK_TYPES.map(({ name }) => [name, 'compute']),
    );
  });

  it('knows no type by a name of JavaScript’s own', () => {
    for (const name of ['__proto__', 'constructor', 'toString', '']) expect(catalogue.find(name), name).to.be.undefined;
  });

  it('learns a new type in a new group from a slave, with its reader', () => {
    expect(catalogue.learn([offer('resize', specNamed('resize'))])).to.be.undefined;
    const known = catalogue.find('resize')!;
    expect([known.group, known.spec.weight]).to.deep.equal(['resize', { constant: 3 }]);
    expect(known.reader.fromQuery(new Map([['size', ['4']]]))).to.deep.equal({ ok: true, params: { size: 4 } });
    expect(known.reader.fromQuery(new Map([['size', ['0']]])).ok).to.be.false;
  });

  it('takes the same type in the same group from any number of slaves', () => {
    for (let i = 0; i < 3; i++) expect(catalogue.learn([offer('resize', specNamed('resize'))])).to.be.undefined;
    expect([...catalogue.all()]).to.have.length(BUILT_IN_TASK_TYPES.length + 1);
  });

  it('takes the built-in types of any slave', () => {
    expect(catalogue.learn([offer('compute', ...BUILT_IN_TASK_TYPES.map(specOf))])).to.be.undefined;
  });

  it('turns away a slave with a known type in another group, and says which', () => {
    catalogue.learn([offer('resize', specNamed('resize'))]);
    expect(catalogue.learn([offer('other', specNamed('resize'))])).to.equal(
      'task type resize is in group resize here, not in other',
    );
    expect(catalogue.learn([offer('mine', specNamed('fib'))])).to.match(/^task type fib is in group compute here/);
    expect(catalogue.find('fib')?.group).to.equal('compute');
  });

  it('turns away a slave with a schema that is none, and says of which type', () => {
    const bad = specNamed('broken', { schema: { type: 'no-such-type' } });
    expect(catalogue.learn([offer('broken', bad)])).to.match(/^task type broken: .*schema is invalid/);
    expect(catalogue.find('broken')).to.be.undefined;
  });

  it('takes no new type into group compute: not every member could run it', () => {
    expect(catalogue.learn([offer('compute', specNamed('newer'))])).to.be.undefined;
    expect(catalogue.find('newer')).to.be.undefined;
  });
});
