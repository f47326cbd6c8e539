// Several masters on one LAN: by name each slave finds its own, and is told when there is something to tell.
import { expect } from 'chai';
import { Lan } from '../support/lan/lan.ts';
import { startMaster, type Master } from '../support/lan/master.ts';
import type { LanNode } from '../support/lan/lan-node.ts';
import type { LogLine } from '../support/node-process.ts';
import { expectAllRight, fib } from '../support/lan/questions.ts';
import { eventually, sleep } from '../support/wait.ts';
import { startSlave } from '../support/lan/slaves.ts';

const WARNING = 40;

describe('LAN: several clusters', () => {
  let lan: Lan;
  let red: Master;
  let blue: Master;
  let reds: LanNode[];
  let blues: LanNode[];
  let green: LanNode;

  before(async () => {
    lan = new Lan();
    const [first, second, third, fourth] = [1, 2, 3, 4].map((n) =>
      lan.host(`h${n.toString()}`, `10.77.0.${n.toString()}/24`),
    );
    [red, blue] = await Promise.all([
      startMaster(first!, '--cluster', 'red'),
      startMaster(second!, '--cluster', 'blue', '--max-slaves', '2'),
    ]);
    reds = [third!, fourth!].map((host) => startSlave(host, '--cluster', 'red'));
    blues = [third!, fourth!].map((host) => startSlave(host, '--cluster', 'blue'));
    green = startSlave(third!, '--cluster', 'green');
    await Promise.all([...reds, ...blues].map((slave) => slave.until('joined')));
  });
  after(() => lan.remove());

  it('have the slaves of their own name and no others', async () => {
    expect(idsOf(await red.slaves())).to.have.members(reds.map(({ id }) => id));
    expect(idsOf(await blue.slaves())).to.have.members(blues.map(({ id }) => id));
  });

  it('answer on their own', async () => {
    const answers = await Promise.all([red, blue].flatMap((master) => [90, 91, 92].map((n) => master.ask(fib(n)))));
    expectAllRight(answers);
  });

  it('do not show the refusal of the other master to a slave that joined its own', async () => {
    await sleep(2500); // a refusal would be shown with the next round of the search
    for (const slave of [...reds, ...blues]) expect(warnings(slave)).to.deep.equal([]);
  });

  it('tell a slave of a third name why nobody takes it', async () => {
    const refusals = await untilRefused(green, 2);
    expect(refusals.map(({ reason }) => reason)).to.deep.equal(['wrong-cluster', 'wrong-cluster']);
    expect(refusals.map(({ detail }) => detail as string).join())
      .to.include('red')
      .and.include('blue')
      .and.include('green');
    expect(green.logged('joined')).to.deep.equal([]);
  });

  it('refuse a slave when they are full, and take it when there is room again', async () => {
    const late = startSlave(blues[0]!.host, '--cluster', 'blue');
    await late.until('slave is up');
    const [refusal] = await untilRefused(late, 1, 'pool-full');
    expect(refusal?.level).to.equal(WARNING);
    blues[1]!.kill('SIGKILL');
    await late.until('joined', { timeoutMs: 5000 });
    expect(idsOf(await blue.slaves())).to.have.members([blues[0]!, late].map(({ id }) => id));
  });

  it('of the same name are pointed out to the slave, which stays with the first to answer', async () => {
    const second = await startMaster(green.host, '--cluster', 'red');
    const slave = startSlave(reds[1]!.host, '--cluster', 'red');
    await slave.until('joined');
    await sleep(1000);
    const members = [...(await red.slaves()), ...(await second.slaves())];
    expect(members.filter(({ id }) => id === slave.id)).to.have.length(1);
    const [warning] = warnings(slave);
    expect(warning?.msg).to.include('second master');
    const other = slave.logged('joined')[0]?.['master'] === red.node.id ? second : red;
    expect(warning?.['master']).to.include(other.node.id);
  });
});

function warnings(slave: LanNode): LogLine[] {
  return slave.logs.filter(({ level }) => level >= WARNING);
}

/** Waits until a slave has shown `count` refusals. */
function untilRefused(slave: LanNode, count: number, wanted = 'wrong-cluster'): Promise<LogLine[]> {
  const found = (): LogLine[] => warnings(slave).filter(({ reason }) => reason === wanted);
  return eventually(`${count.toString()} refusals`, () => found().length >= count && found(), 6000);
}

function idsOf(members: readonly { id: string }[]): string[] {
  return members.map(({ id }) => id);
}
