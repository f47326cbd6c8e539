// The master's page: what stands on it equals what the pool and the dispatcher know.
import { expect } from 'chai';
import { algorithmNames, findAlgorithm } from '../../../../src/master/balancing/registry.ts';
import { newDiscoveryCounters } from '../../../../src/master/membership/discovery-counters.ts';
import { masterMetrics } from '../../../../src/master/observe/metrics.ts';
import { Forwards } from '../../../support/forward-desk.ts';
import { DispatchDesk } from '../../../support/dispatch-desk.ts';
import { LookAside } from '../../../support/look-aside-desk.ts';
import { Metrics } from '../../../support/metrics.ts';

/** Three times what a scrape of 1000 members may take, for machines that are busy. */
const SCRAPE_MS_MAX = 3 * 25;

describe("the master's metrics", () => {
  let desk: DispatchDesk;
  let monitors: Set<string>;
  let lookAside: LookAside;
  const autoscaler = { counts: () => [{ group: 'web', wanted: 3, actual: 2 }] };
  let forwards: Forwards;
  const discovery = { ...newDiscoveryCounters(), request: 8, malformed: 9 };

  beforeEach(() => {
    desk = new DispatchDesk('round-robin');
    monitors = new Set();
    lookAside = new LookAside('round-robin', { pool: desk.pool, clock: desk.clock });
    forwards = new Forwards('round-robin', { pool: desk.pool, clock: desk.clock });
  });

  const page = () => {
    const { pool, dispatcher, counters } = desk;
    const desks = { lookAside: lookAside.desk, forwarding: forwards.desk, autoscaler };
    return masterMetrics({ pool, dispatcher, tasks: counters, discovery, monitors, ...desks });
  };
  const metrics = async (): Promise<Metrics> => new Metrics((await page().read()).body);

  it('show how many replicas are wanted and how many are there', async () => {
    const replicas = (await metrics()).byLabel('lanyard_replicas', 'state');
    expect(Object.fromEntries(replicas)).to.deep.equal({ wanted: 3, actual: 2 });
  });

  it('show each member by its state, load, weight and picks, and none that is gone', async () => {
    const [a, b, c] = [desk.join('a', { slots: 9 }), desk.join('b', { slots: 9 }), desk.join('c', { slots: 9 })];
    desk.pool.report(a.member, { cpuLoad: 0.5, memoryRatio: 0, foreignWeight: 0, running: 0 });
    for (const weight of [10, 20, 40]) desk.submit({ weight });
    const full = await metrics();
    expect(Object.fromEntries(full.byLabel('lanyard_members', 'state'))).to.deep.equal({
      ...{ ready: 3, suspect: 0, draining: 0 },
    });
    expect(Object.fromEntries(full.byLabel('lanyard_member_weight', 'slave'))).to.deep.equal({ a: 10, b: 20, c: 40 });
    expect(full.sum('lanyard_member_load', { slave: 'a' })).to.equal(5);
    expect(full.sum('lanyard_picks_total', { algorithm: 'round-robin', slave: 'b' })).to.equal(1);
    b.vanish('died');
    desk.pool.transition(c.member, 'drain-asked');
    desk.pool.transition(a.member, 'silent');
    const less = await metrics();
    expect(Object.fromEntries(less.byLabel('lanyard_members', 'state'))).to.deep.equal({
      ...{ ready: 0, suspect: 1, draining: 1 },
    });
    for (const name of ['lanyard_member_load', 'lanyard_member_weight', 'lanyard_picks_total']) {
      expect([...less.byLabel(name, 'slave').keys()].sort(), name).to.deep.equal(['a', 'c']);
    }
    expect(less.sum('lanyard_attempts_returned_total', { reason: 'lost' })).to.equal(1);
  });

  it('show tasks and attempts as the dispatcher counts them', async () => {
    const slave = desk.join('a', { slots: 3 });
    const [done, failed, refused] = desk.submitMany(3);
    const [waiting] = desk.submitMany(2);
    slave.finish(done!, { runMs: 0 });
    slave.finish(failed!, { outcome: 'failed', value: 'it threw', runMs: 0 });
    slave.refuse(refused!);
    desk.dispatcher.cancel(waiting!.task, 'gone');
    monitors.add('one');
    const shown = await metrics();
    expect(Object.fromEntries(shown.byLabel('lanyard_tasks_ended_total', 'state'))).to.deep.equal({
      ...{ done: 1, failed: 1, cancelled: 1, expired: 0 },
    });
    const { attempts, lives } = desk.dispatcher;
    const expected: [name: string, value: number][] = [
      ['lanyard_tasks_admitted_total', 5],
      ['lanyard_attempts_in_flight', attempts.size],
      ['lanyard_queue_length', lives.queue('compute').length],
      ['lanyard_task_seconds_count', 2],
      ['lanyard_dispatch_seconds_count', 2],
      ['lanyard_queue_wait_seconds_count', desk.counters.queueWait.count],
      ['lanyard_monitors', 1],
      ['lanyard_build_info', 1],
    ];
    for (const [name, value] of expected) expect(shown.sum(name), name).to.equal(value);
    expect(shown.sum('lanyard_attempts_returned_total', { reason: 'refused' })).to.equal(1);
  });

  it('show each counter under its own name', async () => {
    const returned = { lost: 1, refused: 2, recalled: 3, retried: 4 };
    Object.assign(desk.counters, { ...returned, adopted: 5, lateResults: 6, foreignResults: 7 });
    const shown = await metrics();
    const by = (name: string, label: string): unknown => Object.fromEntries(shown.byLabel(name, label));
    expect(by('lanyard_attempts_returned_total', 'reason')).to.deep.equal({
      ...{ lost: 1, refused: 2, recalled: 3, threw: 4 },
    });
    expect(shown.sum('lanyard_attempts_adopted_total')).to.equal(5);
    expect(by('lanyard_results_dropped_total', 'reason')).to.deep.equal({ late: 6, foreign: 7 });
    expect(by('lanyard_discovery_packets_total', 'kind')).to.deep.equal({ ...discovery });
  });

  it('name the algorithm that is in use', async () => {
    expect([...(await metrics()).byLabel('lanyard_algorithm_info', 'algorithm')]).to.deep.equal([['round-robin', 1]]);
    desk.pool.setAlgorithm(findAlgorithm('least-load')!);
    expect([...(await metrics()).byLabel('lanyard_algorithm_info', 'algorithm')]).to.deep.equal([['least-load', 1]]);
  });

  it('show backends by service and state, what was asked, and leases by their end', async () => {
    lookAside.registerAll(1, 2);
    lookAside.register({ id: 'x', service: 'sums' });
    lookAside.register({ id: 'x', service: 'sums' });
    lookAside.register({ id: '' });
    lookAside.ask(3);
    lookAside.ask(1, '');
    lookAside.ask(2, 'nobody');
    lookAside.clock.advance(1000);
    lookAside.desk.report('b0', 1);
    lookAside.desk.report('nobody', 1);
    lookAside.ask(1);
    lookAside.clock.advance(2000);
    const full = await metrics();
    const backends = (service: string, state: string): number => full.sum('lanyard_backends', { service, state });
    expect([backends('words', 'ready'), backends('words', 'suspect'), backends('sums', 'suspect')]).to.deep.equal([
      1, 1, 1,
    ]);
    const asked = (service: string): object =>
      Object.fromEntries(full.byLabel('lanyard_lookaside_requests_total', 'outcome', { service }));
    expect(asked('words')).to.deep.equal({ chosen: 4, no_backend: 0, full: 0, draining: 0 });
    expect(asked('compute')).to.include({ chosen: 0, no_backend: 1 });
    expect(asked('other')).to.include({ chosen: 0, no_backend: 2 });
    expect(full.sum('lanyard_lookaside_leases')).to.equal(0);
    const ended = Object.fromEntries(full.byLabel('lanyard_lookaside_leases_ended_total', 'reason'));
    expect(ended).to.deep.equal({ started: 0, expired: 4, lost: 0, crowded: 0 });
    const registered = Object.fromEntries(full.byLabel('lanyard_backend_registrations_total', 'outcome'));
    expect(registered).to.deep.equal({ new: 3, known: 1, refused: 1 });
    const reported = Object.fromEntries(full.byLabel('lanyard_backend_reports_total', 'outcome'));
    expect(reported).to.deep.equal({ taken: 1, unknown: 1, refused: 0 });
    // Of slaves only.
    for (const name of ['lanyard_members', 'lanyard_member_load', 'lanyard_picks_total'])
      expect(full.sum(name), name).to.equal(0);
  });

  it('tell 100 services apart, until an hour after these have no backends, and count all others together', async () => {
    for (let i = 0; i < 150; i++) lookAside.register({ id: `b${i}`, service: `s${i}` });
    lookAside.register({ id: 'odd', service: 'other' });
    for (let i = 0; i < 150; i++) lookAside.ask(2, `s${i}`);
    const name = 'lanyard_lookaside_requests_total';
    const services = (page: Metrics): string[] => [...page.byLabel(name, 'service', { outcome: 'chosen' }).keys()];
    const many = await metrics();
    expect(services(many)).to.have.length(102);
    expect(many.sum(name, { service: 's99', outcome: 'chosen' })).to.equal(2);
    expect(many.sum(name, { service: 'other', outcome: 'chosen' })).to.equal(100);
    expect(many.sum('lanyard_backends', { service: 'other', state: 'ready' })).to.equal(51);
    const before = services(many);
    for (let i = 0; i < 500; i++) lookAside.register({ id: 'b0', service: `fresh-${i}` });
    expect(services(await metrics()), 'none makes room for another').to.deep.equal(before);
    lookAside.register({ id: 'b0', service: 's0' });
    lookAside.ask(1, 's0');
    expect((await metrics()).sum(name, { service: 's0', outcome: 'chosen' }), 'it goes on where it was').to.equal(3);
    lookAside.clock.advance(60_000);
    expect(services(await metrics())).to.deep.equal(before);
    lookAside.clock.advance(3_600_000);
    expect(services(await metrics())).to.have.members(['compute', 'other']);
    lookAside.register({ id: 'b0', service: 'fresh' });
    expect(services(await metrics())).to.have.members(['compute', 'other', 'fresh']);
  });

  it('of 1000 members and every algorithm take few milliseconds to read', async () => {
    for (let i = 0; i < 1000; i++) desk.join(`slave-${i}.example`, { slots: 10 });
    for (const name of algorithmNames()) {
      desk.pool.setAlgorithm(findAlgorithm(name)!);
      desk.submitMany(10);
    }
    const read = page();
    let quickestMs = Infinity;
    let body = '';
    for (let i = 0; i < 15; i++) {
      const startMs = performance.now();
      ({ body } = await read.read());
      quickestMs = Math.min(quickestMs, performance.now() - startMs);
    }
    expect(body.match(/^lanyard_picks_total\{/gm)).to.have.length(1000 * algorithmNames().length);
    expect(quickestMs, 'milliseconds per scrape').to.be.below(SCRAPE_MS_MAX);
  });
});
