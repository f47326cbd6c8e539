// What doors ask of the cluster beside tasks: draining by id or by name, views of slaves, the algorithm, the invariants.
import { expect } from 'chai';
import { Catalogue } from '../../../src/master/dispatch/catalogue.ts';
import { createCluster } from '../../../src/master/cluster.ts';
import type { Cluster, ClusterEvent } from '../../../src/master/doors/door.ts';
import { EventHub } from '../../../src/master/observe/event-hub.ts';
import { newDispatchCounters } from '../../../src/master/dispatch/counters.ts';
import { Feed } from '../../../src/master/observe/feed.ts';
import { EndWatchers } from '../../../src/master/submissions/end-watchers.ts';
import { Forwards } from '../../support/forward-desk.ts';
import { LookAside } from '../../support/look-aside-desk.ts';
import { EPOCH_MS, fib, SubmissionDesk } from '../../support/submission-desk.ts';

const ALL = { service: undefined, limit: 1000, cursor: undefined };

describe('cluster', () => {
  let desk: SubmissionDesk;
  let cluster: Cluster;
  let lookAside: LookAside;
  let switched: (readonly [from: string, to: string, group?: string | undefined])[];

  beforeEach(() => {
    desk = new SubmissionDesk();
    switched = [];
    const { admission, submissions } = desk;
    const { pool, dispatcher, clock } = desk.desk;
    lookAside = new LookAside('least-load', { pool, clock });
    const events = new EventHub(new EndWatchers(), () => {
      throw new Error('nobody waits');
    });
    pool.observe({ onMember: (...change) => events.onMember(...change) });
    /** Draining as far as the pool knows it; the slave's part is the session's. */
    const membership = {
      setDraining: (id: string, on: boolean) =>
        void pool.transition(pool.member(id)!, on ? 'drain-asked' : 'resume-asked'),
    };
    const time = { nowMs: () => clock.nowMs(), of: (clockMs: number) => EPOCH_MS + clockMs };
    const about = { cluster: 'hall', masterId: 'm1', masterName: 'hall (m1)', version: '0.0.0' };
    const feed = new Feed({ pool, clock, time, counters: newDispatchCounters(), about, join: () => [] });
    cluster = createCluster({
      name: 'hall',
      ...{ feed, time },
      ...{ pool, admission, dispatcher, membership, submissions, events, clock, desk: desk.tasks },
      lookAside: lookAside.desk,
      autoscaler: { view: () => ({ groups: [], strangers: [] }) },
      forwarding: new Forwards('least-load', { pool, clock }).desk,
      catalogue: new Catalogue(),
      onAlgorithm: (...change) => switched.push(change),
    });
  });

  for (const by of ['id', 'name'] as const) {
    it(`drains a slave and lets it work again by its ${by}`, () => {
      const { member } = desk.desk.join('id');
      desk.desk.pool.setProfile(member, { ...member.profile, name: 'name' });
      expect(cluster.drainSlave(by)).to.include({ id: 'id', name: 'name', state: 'draining' });
      expect(cluster.hasReadySlave()).to.be.false;
      expect(cluster.resumeSlave(by)).to.include({ state: 'ready' });
      expect(cluster.hasReadySlave()).to.be.true;
      expect(cluster.slave(by)).to.include({ id: 'id' });
    });
  }

  it('shows registered backends, and to nobody as slaves', () => {
    const events: ClusterEvent[] = [];
    cluster.subscribe((event) => void events.push(event));
    lookAside.register({ load: 0.5 });
    lookAside.ask(2);
    desk.desk.clock.advance(400);
    expect(cluster.backends(ALL)).to.deep.equal({
      next: undefined,
      backends: [
        {
          ...{ id: 'b1', address: '10.0.0.1', port: 9000, service: 'words', state: 'ready', load: 2.5, reported: 0.5 },
          ...{ leases: 2, picks: 2, joinedAt: new Date(EPOCH_MS).toISOString(), lastReportAgoMs: 400 },
        },
      ],
    });
    for (const id of ['b1', 'backend:b1']) {
      expect([
        cluster.slave(id),
        cluster.slaveTasks(id),
        cluster.drainSlave(id),
        cluster.resumeSlave(id),
      ]).to.deep.equal([undefined, undefined, undefined, undefined]);
    }
    expect([cluster.slaves(), cluster.targets(undefined), events]).to.deep.equal([[], [], []]);
    expect([cluster.hasReadySlave(), cluster.feed.snapshot().slaves, cluster.feed.snapshot().log]).to.deep.equal([
      false,
      [],
      [],
    ]);
    const { ok, checked } = cluster.invariants();
    expect(ok).to.be.true;
    expect(checked).to.include({ slaves: 0, backends: 1, lookAsideLeases: 2 });
  });

  it("shows a slave's load with the calls in it that clients were sent to it with, and no slots for them", () => {
    const slave = lookAside.slave('s1');
    desk.desk.pool.report(slave, { cpuLoad: 0.5, memoryRatio: 0, foreignWeight: 0, running: 0 });
    lookAside.ask(3, '');
    const [view] = cluster.slaves();
    expect(view).to.include({ name: 's1', load: 1.5, weight: 3, leases: 0, slots: 1, grpcPort: 5000 });
    expect(cluster.feed.snapshot().slaves[0]).to.include({ load: 1.5, leases: 0, slots: 1 });
    expect(JSON.stringify(view)).not.to.contain('null');
    expect(cluster.backends(ALL)).to.deep.equal({ backends: [], next: undefined });
  });

  it('knows no slave that is not there', () => {
    const [drained, resumed, seen, tasks] = [
      cluster.drainSlave('x'),
      cluster.resumeSlave('x'),
      cluster.slave('x'),
      cluster.slaveTasks('x'),
    ];
    expect([drained, resumed, seen, tasks]).to.deep.equal([undefined, undefined, undefined, undefined]);
  });

  it('does not resume a slave that is on its way out, and says what to do', () => {
    const { member } = desk.desk.join('a');
    desk.desk.pool.transition(member, 'leaving');
    const answer = cluster.resumeSlave('a');
    expect(answer).to.include({ code: 'CONFLICT' });
    expect(answer)
      .to.have.property('message')
      .that.matches(/slave a .*start it again/);
    expect(member.state.draining).to.equal('leaving');
  });

  it('shows what a slave has in hand, and how far it is', async () => {
    const slave = desk.desk.join('a', { slots: 2 });
    const [one = '', two = ''] = await desk.accept([fib(1), fib(2)]);
    slave.start(desk.live(two));
    desk.desk.dispatcher.progress(slave.member, two, 1, 0.5, 'half');
    const shown = { type: 'fib', state: 'running', attempt: 1 };
    expect(cluster.slaveTasks('a')).to.deep.equal([
      { ...shown, id: one, weight: 1, started: false, progress: 0, message: '' },
      { ...shown, id: two, weight: 2, started: true, progress: 0.5, message: 'half' },
    ]);
  });

  it('changes the algorithm by name, and tells an unknown one', () => {
    expect(cluster.setAlgorithm('least-load')).to.deep.include({ name: 'least-load' });
    expect(cluster.setAlgorithm('nosuch')).to.include({ code: 'UNKNOWN_ALGORITHM' });
    expect([cluster.algorithm().name, switched]).to.deep.equal(['least-load', [['first-available', 'least-load']]]);
  });

  it('changes the algorithm of one group, which need not exist, and takes it back', () => {
    expect(cluster.setGroupAlgorithm('web', 'least_load')).to.deep.include({
      name: 'first-available',
      groups: { web: 'least-load' },
    });
    cluster.setAlgorithm('round-robin');
    expect(cluster.setGroupAlgorithm('web', 'nosuch')).to.include({ code: 'UNKNOWN_ALGORITHM' });
    expect(cluster.setGroupAlgorithm('a b', 'least-load')).to.include({ code: 'BAD_PARAMETER' });
    expect(cluster.algorithm().groups).to.deep.equal({ web: 'least-load' });
    expect(cluster.setGroupAlgorithm('web', null)).to.deep.include({ name: 'round-robin', groups: {} });
    expect(switched).to.deep.equal([
      ['first-available', 'least-load', 'web'],
      ['first-available', 'round-robin'],
      ['least-load', 'round-robin', 'web'],
    ]);
  });

  it('takes no work once admission is closed', () => {
    expect(cluster.takesWork()).to.be.true;
    desk.admission.close();
    expect(cluster.takesWork()).to.be.false;
  });

  it('tells its listeners of slaves until they stop', () => {
    const events: ClusterEvent[] = [];
    const stop = cluster.subscribe((event) => events.push(event));
    desk.desk.join('a');
    cluster.drainSlave('a');
    stop();
    cluster.resumeSlave('a');
    expect(events.map(({ data }) => data['to'])).to.deep.equal(['ready', 'draining']);
  });

  it('checks its invariants when asked', () => {
    const { member } = desk.desk.join('a');
    expect(cluster.invariants().ok).to.be.true;
    member.leases++;
    expect(cluster.invariants()).to.include({ ok: false });
  });

  it('names the slaves that Prometheus scrapes, and those that are gone not', () => {
    const { pool } = desk.desk;
    for (const [name, host, metricsPort] of [
      ['a', '10.0.0.1', 9101],
      ['b', '10.0.0.2', 9102],
      ['c', '10.0.0.3', 0],
    ] as const) {
      const { member } = desk.desk.join(name);
      const labels = { rack: name };
      pool.setProfile(member, { ...member.profile, address: `${host}:5000`, metricsPort, labels });
    }
    const [a, b] = ['a', 'b'].map((slave) => ({ cluster: 'hall', slave, label_rack: slave }));
    const both = [
      { targets: ['10.0.0.1:9101'], labels: a },
      { targets: ['10.0.0.2:9102'], labels: b },
    ];
    expect(cluster.targets(undefined)).to.deep.equal(both);
    expect(cluster.targets(new Set(['10.0.0.2', '10.0.0.3']))).to.deep.equal(both.slice(1));
    pool.transition(pool.member('a')!, 'silent');
    pool.transition(pool.member('b')!, 'drain-asked');
    expect(cluster.targets(undefined), 'a suspect one stays, and one that drains').to.deep.equal(both);
    pool.transition(pool.member('a')!, 'died');
    expect(cluster.targets(undefined)).to.deep.equal(both.slice(1));
  });
});
