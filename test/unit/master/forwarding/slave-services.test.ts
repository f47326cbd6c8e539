// What slaves say of their services: places in the pool, health, loads by poll; and servers that the master looks at itself.
import { expect } from 'chai';
import type { ServiceOffer } from '../../../../src/common/protocol/messages.ts';
import type { ServiceReading } from '../../../../src/common/services/service-probe.ts';
import { Servers, type ServerOptions } from '../../../../src/master/forwarding/servers.ts';
import { SlaveServices, servicesProblem, type SlaveWay } from '../../../../src/master/forwarding/slave-services.ts';
import type { Member } from '../../../../src/master/pool/member.ts';
import { serviceView } from '../../../../src/master/observe/service-view.ts';
import { capabilitiesOf } from '../../../support/fake-link.ts';
import { answersOf, FakeUpstream, Forwards } from '../../../support/forward-desk.ts';
import { profileOf } from '../../../support/pool-twin.ts';

const LINK = { address: '10.0.0.1', nonce: 'n', masterId: 'm1', dial: 1 };

function offer(name: string, rest: Partial<ServiceOffer> = {}): ServiceOffer {
  return { name, slots: 2, host: `${name}.local:5000`, basePath: '', reportsLoad: false, ...rest };
}

describe('services of slaves', () => {
  let forwards: Forwards;
  let services: SlaveServices<FakeUpstream>;
  let member: Member;
  /** How each service that was opened is reached. */
  let ways: { readonly name: string; readonly link: SlaveWay; readonly port: () => number }[];

  beforeEach(() => {
    forwards = Forwards.settled('least-load');
    ways = [];
    const { pool, desk } = forwards;
    services = new SlaveServices({
      ...{ pool, places: desk.places },
      open: ({ name }, link, port) => {
        ways.push({ name, link, port });
        return new FakeUpstream(name);
      },
    });
    member = pool.join(profileOf('a', 1e9), [], 0);
  });
  afterEach(() => forwards.check());

  function take(offers: readonly ServiceOffer[], of = member, forwardPort = 4300): void {
    services.take(of, capabilitiesOf(of.profile.id, { forwardPort, services: offers }), () => LINK);
    forwards.pool.setOffers(of, services.offersOf(of));
  }

  it('are places of the slave, opened when it says that they are well', () => {
    take([offer('web', { basePath: '/v1' }), offer('api')]);
    const askers = [forwards.ask('web'), forwards.ask('api')];
    services.told(member, 1, [
      ['web', true, null],
      ['api', false, null],
      ['other', true, 7],
    ]);
    expect(answersOf(askers)).to.deep.equal(['a', 'waits']);
    expect(askers[0]!.routes[0]).to.include({ host: 'web.local:5000', basePath: '/v1' });
    services.told(member, 2, [['api', true, null]]);
    expect(askers[1]!.answer).to.equal('a');
    expect(member.places.get('forward:web')).to.include({ slots: 2 });
  });

  it('are reached by the link that stands at the time, at the port last said', () => {
    take([offer('web')]);
    take([offer('web', { slots: 5, host: 'new:1' })], member, 4400);
    expect(ways.map(({ name }) => name)).to.deep.equal(['web']);
    expect([ways[0]!.link(), ways[0]!.port()]).to.deep.equal([LINK, 4400]);
    services.told(member, 1, [['web', true, null]]);
    expect(forwards.ask().routes[0]).to.include({ host: 'new:1' });
    expect(member.places.get('forward:web')).to.include({ slots: 5 });
  });

  it('end when the slave offers them no more, and their connections after the last request', () => {
    take([offer('web'), offer('api')]);
    services.told(member, 1, [['web', true, null]]);
    const { upstream } = forwards.place('a', 'web').serving;
    take([offer('api')]);
    expect(upstream.asked).to.deep.equal(['close']);
    expect([...member.places.keys()]).to.deep.equal(['forward:api']);
    expect(forwards.ask().answer).to.equal('waits');
    take([offer('api')], member, 0);
    expect([...member.places.keys()]).to.deep.equal([]);
  });

  it('have the load that they say, and one for each request sent since that was asked for', () => {
    const other = forwards.pool.join(profileOf('b', 1e9), [], 0);
    for (const of of [member, other]) {
      take([offer('web', { reportsLoad: true, slots: 99 })], of);
      services.asked(of, 1);
    }
    services.told(member, 1, [['web', true, 10]]);
    services.told(other, 1, [['web', true, 12.5]]);
    expect(answersOf(forwards.askMany(5))).to.deep.equal(['a', 'a', 'a', 'b', 'a']);
    for (const of of [member, other]) services.asked(of, 2);
    forwards.ask();
    services.told(member, 2, [['web', true, 4]]);
    services.told(other, 2, [['web', true, 1]]);
    const loads = [member, other].map((of) => of.places.get('forward:web')!.load);
    // The sixth went to b, after the load was asked for.
    expect(loads).to.deep.equal([4, 2]);
  });

  it('drop a load that comes too late, and wait for no answer longer than three polls', () => {
    take([offer('web', { reportsLoad: true })]);
    services.asked(member, 1);
    services.told(member, 1, [['web', true, 5]]);
    const load = (): number => member.places.get('forward:web')!.load;
    services.asked(member, 2);
    services.asked(member, 3);
    services.told(member, 3, [['web', true, 9]]);
    expect(load(), 'asked for with poll 2').to.equal(5);
    services.asked(member, 5);
    services.told(member, 2, [['web', true, 8]]);
    expect(load(), 'poll 2 is given up').to.equal(5);
    services.told(member, 5, [['web', true, 7]]);
    expect(load()).to.equal(7);
  });

  it('say why they are down or their load is not known, as people then read it of the member', () => {
    take([offer('web', { reportsLoad: true })]);
    const seen = (): unknown => {
      const { state, load, why } = serviceView(forwards.place('a').service, forwards.pool, 0).members[0]!;
      return [state, load, why];
    };
    const tell = (poll: number, ...state: [healthy: boolean, load: number, why?: string]): unknown => {
      services.asked(member, poll);
      services.told(member, poll, [['web', ...state]]);
      return seen();
    };
    const refused = 'connect ECONNREFUSED 127.0.0.1:7509';
    for (const poll of [1, 2, 3, 4]) expect(tell(poll, false, 5, refused)).to.deep.equal(['down', 5, refused]);
    expect(forwards.said).to.deep.equal([`a not up yet in web: ${refused}`]);
    const unread = '/metrics has no metric bussy';
    expect(tell(5, true, 1e15, unread)).to.deep.equal(['ready', null, unread]);
    expect(tell(6, true, 1e15)).to.deep.equal(['ready', 1e15, null]);
    for (const poll of [7, 8, 9, 10]) tell(poll, false, 7, refused);
    expect(tell(11, true, 7)).to.deep.equal(['ready', 7, null]);
    expect(forwards.said.slice(1)).to.deep.equal(['a up in web', 'a down in web', 'a up in web']);
  });

  it('cannot have names that mean something else, nor be there twice', () => {
    const problem = (...names: string[]) =>
      servicesProblem(capabilitiesOf('a', { forwardPort: 1, services: names.map((name) => offer(name)) }));
    expect(problem('web', 'api')).to.equal(undefined);
    expect(problem('web', 'web')).to.contain('web is offered twice');
    expect(problem('..')).to.contain('letters');
    expect(problem('compute')).to.contain('stands for the slaves');
    expect(problem('x'.repeat(65))).to.contain('1 to 64');
  });
});

describe('servers of --backend', () => {
  it('are members that are no slaves, get requests while they are well, and have the load that they say', async () => {
    const forwards = Forwards.settled('least-load');
    const { pool, clock, desk } = forwards;
    const readings = new Map<string, ServiceReading>([
      ['h1:5000', { healthy: true, load: 7 }],
      ['h2:5000', { healthy: true, load: 3 }],
    ]);
    const stopped: string[] = [];
    const servers = new Servers<FakeUpstream>({
      ...{ pool, clock, places: desk.places, intervalMs: 1000 },
      open: ({ host }) => new FakeUpstream(host),
      probe: ({ address: { host } }) => ({
        read: () => Promise.resolve(readings.get(host)!),
        stop: () => stopped.push(host),
      }),
    });
    const add = (host: string): void => {
      const address = { hostname: host.split(':')[0]!, port: 5000, host, basePath: '/app' };
      const server: ServerOptions = { service: 'web', address, slots: 9, reportsLoad: true };
      servers.add(server);
    };
    for (const host of readings.keys()) add(host);
    const early = forwards.ask();
    expect(early.answer).to.equal('waits');
    await new Promise(setImmediate);
    expect(early.answer).to.equal('h1:5000/app');
    expect(answersOf(forwards.askMany(3))).to.deep.equal(['h2:5000/app', 'h2:5000/app', 'h2:5000/app']);
    expect([...pool.slaves()]).to.deep.equal([]);
    expect(pool.slaveCount).to.equal(0);
    readings.set('h2:5000', { healthy: false, load: 3, why: 'no answer within 800 ms' });
    clock.advance(1000);
    await new Promise(setImmediate);
    expect(answersOf(forwards.askMany(2))).to.deep.equal(['h1:5000/app', 'h1:5000/app']);
    expect(forwards.place('server:web:h2:5000/app').why).to.equal('no answer within 800 ms');
    servers.stop();
    expect(stopped).to.deep.equal(['h1:5000', 'h2:5000']);
    forwards.check();
  });
});
