import { expect } from 'chai';
import { ReplicaDesk } from '../../../support/fake-replicas.ts';

describe('a group of replicas', () => {
  it('has its minimum from the start, and says why', async () => {
    const desk = new ReplicaDesk({ min: 2 });
    await desk.seconds(2);
    expect(desk.states).to.deep.equal(['web-1/starting', 'web-2/starting']);
    expect(desk.provider.orders[0]).to.deep.equal({ id: 'web-1', group: 'web', environment: { NAME: 'web-1' } });
    expect(desk.changes).to.deep.equal([
      { at: '1970-01-01T00:00:01.000Z', from: 0, to: 2, reason: '0 of at least 2 are there: 2 more' },
    ]);
    desk.joinAll();
    await desk.seconds(2);
    expect(desk.view).to.include({ wanted: 2, actual: 2, ready: 2, lastError: null, retryInMs: null });
    expect(desk.view.replicas[0]).to.include({ slave: 'web-1', detail: 'box of web-1' });
  });

  it('grows while requests wait and nobody has room, and falls when its members are idle: drained first, then stopped', async () => {
    const desk = await ReplicaDesk.joined();
    const leases = [desk.pool.pick('forward:web', 1)!, desk.pool.pick('forward:web', 1)!];
    desk.waiting = 5;
    await desk.seconds(2);
    expect(desk.view.actual).to.equal(4);
    desk.joinAll();
    desk.waiting = 0;
    await desk.seconds(1);
    const kept = desk.pool.pick('forward:web', 1)!;
    for (const lease of leases) desk.pool.settle(lease, 'ok');
    await desk.seconds(35);
    expect(desk.drained).to.have.lengthOf(3).and.not.to.include(kept.member.profile.id);
    expect(desk.states).to.deep.equal([`${kept.member.profile.id}/ready`]);
  });

  it('stops a replica that is drained only when its last request has ended', async () => {
    const desk = await ReplicaDesk.joined({ min: 0 }, 1);
    desk.waiting = 0;
    await desk.seconds(1);
    const lease = desk.pool.pick('forward:web', 1)!;
    desk.pool.transition(lease.member, 'drain-asked');
    await desk.seconds(30);
    expect(desk.states).to.deep.equal(['web-1/draining']);
    expect(desk.provider.stopped).to.deep.equal([]);
    desk.pool.settle(lease, 'ok');
    await desk.seconds(2);
    expect(desk.provider.stopped).to.deep.equal(['web-1']);
    expect(desk.states).to.deep.equal([]);
  });

  it('keeps a replica whose requests are too short to be seen', async () => {
    const desk = await ReplicaDesk.joined({ min: 0, idleAfterMs: 3000 }, 1);
    desk.waiting = 0;
    for (let n = 0; n < 20; n++) {
      desk.pool.settle(desk.pool.pick('forward:web', 1)!, 'ok');
      await desk.seconds(1);
    }
    expect(desk.drained).to.deep.equal([]);
    await desk.seconds(10);
    expect(desk.drained).to.deep.equal(['web-1']);
  });

  it('puts another in the place of one that died', async () => {
    const desk = await ReplicaDesk.joined();
    await desk.seconds(12);
    desk.die('web-1');
    await desk.seconds(2);
    expect(desk.states).to.deep.equal(['web-2/starting']);
    expect(desk.changes.at(-2)).to.include({
      from: 1,
      to: 0,
      reason: 'web-1 ended by itself: it is not there any more',
    });
    expect(desk.view.lastError).to.equal(null);
  });

  it('adopts what was there before it, and starts no other while that comes back', async () => {
    const desk = new ReplicaDesk({ min: 2 });
    desk.provider.run('old-1');
    desk.provider.run('old-2');
    desk.waiting = 100;
    await desk.seconds(5);
    expect(desk.provider.orders).to.deep.equal([]);
    expect(desk.view.reason).to.contain('still coming back');
    desk.joinAll();
    desk.waiting = 0;
    await desk.seconds(5);
    expect(desk.states).to.deep.equal(['old-1/ready', 'old-2/ready']);
    expect(desk.provider.orders).to.deep.equal([]);
  });

  it('gives up what does not join within a minute, and tries again ever later', async () => {
    const desk = new ReplicaDesk();
    await desk.seconds(61);
    expect(desk.provider.stopped).to.deep.equal([]);
    await desk.seconds(3);
    expect(desk.provider.stopped).to.deep.equal(['web-1']);
    expect(desk.view.lastError).to.equal('web-1 is given up: it did not join within 60 s');
    expect(desk.provider.orders).to.have.lengthOf(2);
  });

  it('gives up what joins and serves something else', async () => {
    const desk = new ReplicaDesk();
    await desk.seconds(2);
    desk.join('web-1', 0);
    await desk.seconds(62);
    expect(desk.provider.stopped).to.deep.equal(['web-1']);
    expect(desk.view.lastError).to.contain('did not serve the group');
  });

  it('tries again after 1, 2, 4 … 60 s when starting fails, says what is wrong, and is well again when it works', async () => {
    const desk = new ReplicaDesk();
    desk.provider.moods.start = 'fails';
    await desk.seconds(20);
    expect(desk.provider.orders).to.have.lengthOf(5);
    expect(desk.view.lastError).to.equal('web-5 could not be started: start went wrong: buy more disks');
    expect(desk.view.retryInMs).to.be.greaterThan(0);
    await desk.seconds(600);
    expect(desk.provider.orders.length).to.be.within(13, 17);
    desk.provider.moods.start = 'works';
    await desk.seconds(62);
    desk.joinAll();
    await desk.seconds(15);
    expect(desk.view).to.include({ ready: 1, lastError: null, retryInMs: null });
  });

  it('goes on while a provider hangs, in whatever it does', async () => {
    const desk = new ReplicaDesk();
    desk.provider.moods.list = 'hangs';
    await desk.seconds(12);
    expect(desk.provider.orders, 'nobody knows what runs').to.deep.equal([]);
    expect(desk.view.lastError).to.contain('listing replicas took longer than 10 s');
    desk.provider.moods.list = 'works';
    desk.provider.moods.start = 'hangs';
    await desk.seconds(50);
    expect(desk.view.lastError).to.contain('starting a replica took longer than 30 s');
    desk.provider.moods.start = 'works';
    await desk.seconds(40);
    desk.joinAll();
    await desk.seconds(2);
    expect(desk.view.ready).to.equal(1);
  });

  it('tries again to stop what cannot be stopped', async () => {
    const desk = await ReplicaDesk.joined({ min: 0, idleAfterMs: 2000 }, 1);
    desk.waiting = 0;
    desk.provider.moods.stop = 'fails';
    await desk.seconds(10);
    expect(desk.provider.stopped.length).to.be.within(2, 5);
    expect(desk.view.lastError).to.contain('could not be stopped');
    desk.provider.moods.stop = 'works';
    await desk.seconds(10);
    expect(desk.states).to.deep.equal([]);
  });

  it('counts one that ends soon after it came as a failure', async () => {
    const desk = new ReplicaDesk();
    await desk.seconds(2);
    desk.provider.replicas.set('web-1', {
      id: 'web-1',
      group: 'web',
      state: 'ended',
      detail: 'exited with code 3: no port',
    });
    await desk.seconds(1);
    expect(desk.view.lastError).to.equal('web-1 ended by itself: exited with code 3: no port');
  });

  it('is not taken in by a list that was asked for before a replica was gone', async () => {
    const desk = await ReplicaDesk.joined({ min: 0 }, 1);
    desk.waiting = 0;
    await desk.seconds(2);
    const [old] = [...desk.provider.replicas.values()];
    desk.pool.transition(desk.pool.member('web-1')!, 'drain-asked');
    let answer: ((replicas: [typeof old]) => void) | undefined;
    const works = desk.provider.list.bind(desk.provider);
    desk.provider.list = () => new Promise((resolve) => (answer = resolve as typeof answer));
    await desk.seconds(3);
    desk.provider.list = works;
    desk.pool.transition(desk.pool.member('web-1')!, 'left');
    answer!([old]);
    await desk.seconds(2);
    expect(desk.states).to.deep.equal([]);
    expect(desk.changes.map(({ reason }) => reason).join()).not.to.contain('by itself');
  });

  it('leaves replicas of other groups alone, and tells of them', async () => {
    const desk = new ReplicaDesk({ min: 0 });
    desk.provider.run('api-1', 'api');
    await desk.seconds(3);
    expect(desk.strays[0]).to.include({ id: 'api-1' });
    expect(desk.states).to.deep.equal([]);
    expect(desk.provider.stopped).to.deep.equal([]);
  });

  it('ends all when it is closed, those too that it had not heard of, and nothing is started after', async () => {
    const desk = await ReplicaDesk.joined();
    await desk.seconds(1);
    desk.provider.run('unheard-of');
    const closing = desk.scaler.close(1000);
    await desk.seconds(3);
    await closing;
    expect([...desk.provider.replicas.keys()]).to.deep.equal([]);
    expect(desk.provider.orders).to.have.lengthOf(1);
  });

  it('is closed in time though its provider hangs', async () => {
    const desk = new ReplicaDesk();
    await desk.seconds(2);
    desk.provider.moods.stop = 'hangs';
    desk.provider.moods.list = 'hangs';
    const closing = desk.scaler.close(1000);
    await desk.seconds(15);
    await closing;
  });
});
