// GET /events of a real cluster: members come and go, tasks live and end, and who listens hears of it.
import { expect } from 'chai';
import { startCluster, startSlave, stopAll } from '../support/cluster.ts';
import { listenTo, submit, taskOf, type ToldEvent } from '../support/submit.ts';
import { eventually } from '../support/wait.ts';

describe('whoever listens to events', () => {
  afterEach(stopAll);

  const ofTask = (events: ToldEvent[], id: string, state: string): ToldEvent | undefined =>
    events.find(({ event, data }) => event === 'task' && data['id'] === id && data['state'] === state);

  it('hears of a task from the queue to its end, with progress', async () => {
    const { master } = await startCluster({ slaves: [[]] });
    const { events } = await listenTo(master);
    const id = await submit(master, { type: 'burn', params: { ms: 1500 } });
    expect((await taskOf(master, id, '20s')).state).to.equal('done');
    await eventually('its end', () => ofTask(events(), id, 'done'));
    expect(ofTask(events(), id, 'queued')?.data).to.include({ type: 'burn' });
    expect(ofTask(events(), id, 'running')?.data).to.include({ slave: 's1', attempt: 1 });
    const progress = events().filter(({ event, data }) => event === 'progress' && data['id'] === id);
    expect(progress).not.to.have.length(0);
    for (const { data } of progress) expect(data['ratio']).to.be.within(0, 1);
    const states = events().flatMap(({ event, data }) =>
      event === 'task' && data['id'] === id ? [data['state']] : [],
    );
    expect(
      states.filter((state) => state === 'done'),
      'one end',
    ).to.have.length(1);
    expect(states.at(-1)).to.equal('done');
  });

  it('hears of a slave that joins, is drained and dies, and not of tasks that were not asked for', async () => {
    const { master } = await startCluster({ slaves: [[]] });
    const { events } = await listenTo(master, '?kinds=slave');
    const slave = await startSlave(master.discoveryPort, { args: ['--name', 'new'] });
    await master.members(2);
    const change = (to: string): ToldEvent | undefined =>
      events().find(({ data }) => data['name'] === 'new' && data['to'] === to);
    await eventually('it joins', () => change('ready'));
    await master.get('/task?type=fib&n=80');
    await master.get('/slaves/new/drain', { method: 'POST' });
    await eventually('it drains', () => change('draining'));
    slave.kill('SIGKILL');
    const gone = await eventually('it is gone', () => change('gone'));
    expect(gone.data['reason']).to.be.a('string').and.not.to.equal('');
    expect(events().every(({ event }) => event === 'slave')).to.equal(true);
  });

  it('does not keep the master from ending, and sees its stream end', async () => {
    const { master } = await startCluster({ slaves: [[]] });
    const { stream } = await listenTo(master);
    const askedAt = performance.now();
    master.kill('SIGTERM');
    expect((await master.exited).code).to.equal(0);
    expect(performance.now() - askedAt).to.be.below(2000 * (process.env['CI'] === 'true' ? 3 : 1));
    await stream.end();
  });
});
