// What the log says of members: every change of a slave, and of backends, whom anybody may register, a bounded number of lines.
import { expect } from 'chai';
import type { Log } from '../../../../src/common/log.ts';
import { logMembers } from '../../../../src/master/observe/member-log.ts';
import { LookAside } from '../../../support/look-aside-desk.ts';

type Line = readonly [Readonly<Record<string, unknown>>, string];

describe("the log of members' changes", () => {
  let info: Line[];
  let debug: Line[];
  let lookAside: LookAside;

  beforeEach(() => {
    [info, debug, lookAside] = [[], [], new LookAside()];
    const log = { info: (...line: Line) => info.push(line), debug: (...line: Line) => debug.push(line) };
    lookAside.pool.observe(logMembers(log as unknown as Log, lookAside.clock));
  });

  it('has a line for each change of a backend, as long as there are few', () => {
    lookAside.register();
    lookAside.clock.advance(3000);
    const facts = { backend: 'b1', service: 'words', address: '10.0.0.1:9000' };
    expect(info).to.deep.equal([
      [{ ...facts, from: 'new', to: 'ready', reason: 'joined' }, 'backend registered'],
      [{ ...facts, from: 'ready', to: 'suspect', reason: 'silent' }, 'backend changed'],
    ]);
  });

  it('has one line for a change of the service', () => {
    lookAside.register();
    lookAside.register({ service: 'sums' });
    const facts = { backend: 'b1', service: 'sums', address: '10.0.0.1:9000', serviceBefore: 'words' };
    const change = { from: 'ready', to: 'ready', reason: 'replaced' };
    expect(info.slice(1)).to.deep.equal([[{ ...facts, ...change }, 'backend changed']]);
    lookAside.register({ id: 'b2' });
    expect(info.at(-1)?.[1]).to.equal('backend registered');
  });

  it('has a line for another address of a known backend, and none when nothing is new', () => {
    lookAside.register();
    lookAside.register({ port: 9001 });
    lookAside.register({ port: 9001, load: 3 });
    expect(info.slice(1)).to.deep.equal([
      [{ backend: 'b1', service: 'words', address: '10.0.0.1:9001' }, 'backend moved'],
    ]);
  });

  it('says 20 changes of backends in a second and how many more there were, and all at debug', () => {
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 500; i++) lookAside.register({ service: `s${second}-${i}` });
      lookAside.clock.advance(1000);
    }
    expect(info).to.have.length(3 * 21);
    expect(info.filter((_, i) => i % 21 === 20)).to.deep.equal(
      [480, 480, 480].map((count) => [{ count }, `${count} more changes of backends; --log-level debug shows each`]),
    );
    expect(debug).to.have.length(3 * 480);
    lookAside.clock.advance(10);
    lookAside.register({ service: 'later' });
    expect(info.at(-1)?.[0]).to.include({ service: 'later' });
  });

  it('shortens and masks what strangers call themselves', () => {
    lookAside.register({ id: 'i'.repeat(200), service: 's'.repeat(100), address: 'a'.repeat(255) });
    expect(JSON.stringify(info[0])).to.have.length.below(300);
  });

  it('has a line for every change of a slave', () => {
    for (let i = 0; i < 50; i++) lookAside.slave(`slave-${i}`);
    expect(info).to.have.length(50);
    expect(info[0]).to.deep.equal([
      { slave: 'slave-0', address: '10.0.0.2:4300', id: 'slave-0', from: 'new', to: 'ready', reason: 'joined' },
      'slave joined',
    ]);
  });
});
