// What the master says of the cluster, and what is no answer of a master.
import { expect } from 'chai';
import { asSentence } from '../../../../src/dashboard/format.ts';
import { commandsIn, namesIn } from '../../../../src/dashboard/mandelbrot/cluster-watch.ts';

const COMMAND = { network: 'eth0', address: '192.0.2.7', loopback: false, command: 'curl …' };
const ABOUT = {
  ...{ cluster: 'c', masterId: 'm', masterName: 'n', version: '1', startedAt: 0 },
  ...{ algorithms: [], join: [COMMAND], mayChange: true, whyNot: null },
};

describe('an answer about the cluster', () => {
  it('names the slaves in their order', () => {
    expect(namesIn([{ name: 's2', load: 1 }, { name: 's1' }])).to.deep.equal(['s2', 's1']);
    expect(namesIn([])).to.deep.equal([]);
  });

  it('is none when it is not a list of slaves with names', () => {
    for (const wrong of [
      undefined,
      null,
      'x',
      {},
      [null],
      [undefined],
      ['s1'],
      [{}],
      [{ name: 1 }],
      [{ name: 's1' }, null],
    ])
      expect(namesIn(wrong), JSON.stringify(wrong)).to.equal(undefined);
  });

  it('has the commands to join, or none when they are not what they should be', () => {
    expect(commandsIn(ABOUT)).to.deep.equal([COMMAND]);
    for (const join of ['x', [null], [{ command: 'x' }], undefined])
      expect(commandsIn({ ...ABOUT, join })).to.deep.equal([]);
    for (const wrong of [undefined, null, [], 'x']) expect(commandsIn(wrong)).to.deep.equal([]);
  });
});

describe('words of the master', () => {
  it('become a sentence, once', () => {
    expect(asSentence('the queue is full: 4 tasks wait')).to.equal('The queue is full: 4 tasks wait.');
    expect(asSentence(' Stop it. ')).to.equal('Stop it.');
    expect(asSentence('is it still running?')).to.equal('Is it still running?');
  });
});
