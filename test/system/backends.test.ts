// The look-aside door of a real master: backends that register and report over gRPC, slaves that take calls, what operators see of
// both, and what becomes of the door when the master stops, starts anew or finds its port taken.
import { createServer, type AddressInfo } from 'node:net';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { startMaster, startSlave, stopAll, type Master } from '../support/cluster.ts';
import { closeFakeSlaves, FakeSlave } from '../support/fake-slave.ts';
import { GrpcClient, type GrpcAnswer } from '../support/grpc-client.ts';
import { getJson } from '../support/http.ts';
import { NodeProcess } from '../support/node-process.ts';
import { freeDiscoveryPort, freeTcpPort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const SERVICE = 'lanyard.LoadBalancer';
/** Backends of these tests report when they are told to: three missed reports are far away. */
const PATIENT = ['--report-interval', '60s'];

interface BackendRow {
  readonly id: string;
  readonly state: string;
  readonly load: number;
  readonly leases: number;
  readonly picks: number;
}

class Caller {
  readonly #client: GrpcClient;
  private constructor(client: GrpcClient) {
    this.#client = client;
  }

  static async of({ grpcPort }: Master): Promise<Caller> {
    return new Caller(await GrpcClient.open(grpcPort));
  }

  register(id: string, load = 0, service = 'words'): Promise<GrpcAnswer> {
    return this.#client.call(SERVICE, 'RegisterBackend', { id, port: 9000, load, service });
  }

  report(id: string, load: number): Promise<GrpcAnswer> {
    return this.#client.call(SERVICE, 'ReportLoad', { id, load });
  }

  ask(serviceName = 'words'): Promise<GrpcAnswer> {
    return this.#client.call(SERVICE, 'GetBackend', { clientId: 'test', serviceName });
  }

  health(): Promise<GrpcAnswer> {
    return this.#client.call('grpc.health.v1.Health', 'Check', { service: SERVICE });
  }

  close(): void {
    this.#client.close();
  }
}

const backendsOf = async (master: Master): Promise<BackendRow[]> =>
  (await getJson<{ backends: BackendRow[] }>(`${master.url}/backends`)).backends;
const invariantsOf = (master: Master): Promise<{ ok: boolean }> => getJson(`${master.url}/debug/invariants`);

describe('the look-aside door', () => {
  let master: Master;
  let caller: Caller;

  before(async () => {
    master = await startMaster({
      args: ['least-load', ...PATIENT, '--lookaside-lease', '10m', '--poll-interval', '100ms', '--max-slaves', '1'],
      grpc: true,
    });
    caller = await Caller.of(master);
  });
  after(() => caller.close());
  after(stopAll);
  afterEach(async () => {
    closeFakeSlaves();
    await master.members(0);
  });

  it('takes backends in at the address that they call from, spreads clients over them and shows both', async () => {
    expect((await caller.register('b1', 0)).response).to.include({ success: true, reportIntervalMs: 60_000 });
    await caller.register('b2', 0.02);
    await caller.report('b1', 0.01);
    const chosen = await Promise.all(Array.from({ length: 10 }, () => caller.ask()));
    const ids = chosen.map(({ response }) => response['id']);
    expect(ids.filter((id) => id === 'b1')).to.have.length(5);
    expect(chosen[0]!.response).to.include({ address: '127.0.0.1', port: 9000, service: 'words' });
    const rows = await backendsOf(master);
    expect(rows.map(({ id, state, leases, picks }) => [id, state, leases, picks])).to.deep.equal([
      ['b1', 'ready', 5, 5],
      ['b2', 'ready', 5, 5],
    ]);
    const page = await master.metrics();
    expect(page.sum('lanyard_backends', { service: 'words', state: 'ready' })).to.equal(2);
    expect(page.sum('lanyard_lookaside_leases')).to.equal(10);
    const log = master.logs.find(({ msg, backend }) => msg === 'backend registered' && backend === 'b2');
    expect(log).to.include({ level: 30, service: 'words', address: '127.0.0.1:9000', to: 'ready' });
    expect(await invariantsOf(master)).to.include({ ok: true });
  });

  it('leaves backends out of what is said of slaves, and of --max-slaves', async () => {
    await caller.register('b1');
    expect(await master.slaves()).to.deep.equal([]);
    const slave = await FakeSlave.join({ discoveryPort: master.discoveryPort });
    expect(slave.answer).to.equal('ack');
    expect(await master.members(1)).to.have.length(1);
  });

  it('sends calls to a slave that takes them, whose load has them in it until they arrive there', async () => {
    let foreignStarts = 3;
    const slave = await FakeSlave.join({
      discoveryPort: master.discoveryPort,
      capabilities: { grpcPort: 50_123 },
      load: () => ({ foreignStarts }),
    });
    await master.members(1);
    const chosen = await caller.ask('');
    expect(chosen.response).to.include({ id: 'fake', address: '127.0.0.1', port: 50_123 });
    await caller.ask('compute');
    expect((await master.slaves())[0]).to.include({ leases: 0, weight: 2, grpcPort: 50_123 });
    expect(await invariantsOf(master)).to.include({ ok: true });
    foreignStarts++;
    await eventually('one call has arrived', async () => (await master.slaves())[0]!.weight === 1);
    slave.close();
    await master.members(0);
    expect(await invariantsOf(master)).to.include({ ok: true });
    const page = await master.metrics();
    expect(page.sum('lanyard_lookaside_leases_ended_total', { reason: 'started' })).to.equal(1);
    expect(page.sum('lanyard_lookaside_leases_ended_total', { reason: 'lost' })).to.equal(1);
    expect(await caller.ask('')).to.include({ status: status.UNAVAILABLE });
  });

  it('takes no slave whose group of tasks is called as the group of calls', async () => {
    const group = { name: 'compute-calls', slots: 1, taskTypes: [] };
    await FakeSlave.join({ discoveryPort: master.discoveryPort, capabilities: { groups: [group] } });
    await master.log('a node could not join: lab doctor on its machine says why', ({ problem }) =>
      String(problem).includes('compute-calls'),
    );
  });

  it('tells the port of a real slave', async () => {
    const slave = await startSlave(master.discoveryPort, {
      args: ['--name', 'real', '--concurrency', '1'],
      grpc: true,
    });
    await master.members(1);
    expect((await caller.ask('')).response).to.include({ id: 'real', address: '127.0.0.1' });
    await slave.end();
    await master.members(0);
  });
});

describe('the look-aside door of a master that', () => {
  afterEach(stopAll);

  it('stops says so to health checks and clients while it answers what it has, then exits 0', async () => {
    const { master, slave, caller } = await busy();
    const answer = master.get('/task?type=reverse&text=ab&workMs=1500');
    await eventually('it runs', async () => (await slave.metrics()).sum('lanyard_tasks_running') === 1);
    slave.kill('SIGSTOP');
    master.kill('SIGTERM');
    await master.log('draining');
    expect((await caller.health()).response).to.include({ status: 'NOT_SERVING' });
    const refused = await caller.ask();
    expect([refused.status, refused.trailers!.get('lanyard-code')]).to.deep.equal([status.UNAVAILABLE, ['DRAINING']]);
    expect((await caller.register('b2')).status).to.equal(status.UNAVAILABLE);
    expect((await caller.report('b1', 1)).status).to.equal(status.OK);
    slave.kill('SIGCONT');
    expect(await answer).to.include({ status: 200, body: 'ba' });
    expect(await master.exited).to.include({ code: 0 });
    caller.close();
  });

  it('is started anew knows no backend, says to register again, and forgets it when it falls silent', async () => {
    const port = (await freeTcpPort()).toString();
    const first = await startMaster({ args: [...PATIENT, '--grpc-port', port] });
    const before = await Caller.of(first);
    await before.register('b1');
    before.close();
    await first.end();
    const args = ['--report-interval', '100ms', '--grace', '100ms', '--grpc-port', port];
    const second = await startMaster({ args, discoveryPort: first.discoveryPort });
    expect(second.grpcPort).to.equal(Number(port));
    const caller = await Caller.of(second);
    const unknown = await caller.report('b1', 1);
    expect([unknown.status, unknown.details.includes('RegisterBackend again')]).to.deep.equal([status.NOT_FOUND, true]);
    expect((await caller.register('b1')).status).to.equal(status.OK);
    const lines = ['suspect', 'gone'].map((to) => second.log('backend changed', (line) => line['to'] === to));
    const [suspect, gone] = await Promise.all(lines);
    expect(suspect).to.include({ backend: 'b1', from: 'ready', reason: 'silent' });
    expect(gone).to.include({ from: 'suspect', reason: 'grace-over' });
    expect(await backendsOf(second)).to.deep.equal([]);
    caller.close();
  });

  it('finds its port in use ends with its number and --grpc-port', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as AddressInfo).port));
    });
    const args = ['--interface', 'lo', '--discovery-port', (await freeDiscoveryPort()).toString(), '--http-port', '0'];
    const child = new NodeProcess('bin/master', { args: [...args, '--grpc-port', port.toString()] });
    expect((await child.exited).code, child.output).to.equal(1);
    other.close();
    for (const what of ['look-aside door', `127.0.0.1:${port}`, 'in use', '--grpc-port'])
      expect(child.output).to.contain(what);
  });

  async function busy(): Promise<{ master: Master; slave: Awaited<ReturnType<typeof startSlave>>; caller: Caller }> {
    const master = await startMaster({ args: [...PATIENT, '--poll-interval', '10s'], grpc: true });
    const slave = await startSlave(master.discoveryPort, { args: ['--concurrency', '1'] });
    await master.members(1);
    const caller = await Caller.of(master);
    await caller.register('b1');
    const { status: code, details } = await caller.ask('');
    expect(code, details).to.equal(status.UNAVAILABLE);
    expect(details).to.contain('none of the 1 slaves takes calls');
    return { master, slave, caller };
  }
});
