// Clients that call a real slave directly, over gRPC, while a real master watches its load.
import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { startMaster, startSlave, stopAll, type Master, type Slave } from '../support/cluster.ts';
import { GrpcClient, type CallSettings, type GrpcAnswer } from '../support/grpc-client.ts';
import { message } from '../support/http2-attacker.ts';
import { parsed } from '../support/http-door.ts';
import { NodeProcess } from '../support/node-process.ts';
import { eventually } from '../support/wait.ts';

const LONG = { type: 'burn', params: { ms: '600000' } };
const LONG_WEIGHT = 600_000;
const GRPC_HEADERS = { te: 'trailers', 'content-type': 'application/grpc' };

describe('a slave that is called directly', () => {
  let master: Master;
  let slave: Slave;
  let client: GrpcClient;
  const clients: GrpcClient[] = [];

  before(async () => {
    master = await startMaster({ args: ['--poll-interval', '100ms'] });
    const args = ['--name', 's1', '--concurrency', '1', '--grpc-queue-limit', '1'];
    slave = await startSlave(master.discoveryPort, { grpc: true, args });
    client = await clientOf(slave);
    await master.members(1);
  });
  after(async () => {
    for (const each of clients) each.close();
    await stopAll();
  });

  async function clientOf({ grpcPort }: Slave): Promise<GrpcClient> {
    const opened = await GrpcClient.open(grpcPort);
    clients.push(opened);
    return opened;
  }
  const compute = (request: object, settings?: CallSettings, by = client): Promise<GrpcAnswer> =>
    by.call('lanyard.Compute', 'ComputeTask', request, settings);
  const fib = (n = 80, by = client): Promise<GrpcAnswer> =>
    compute({ type: 'fib', params: { n: n.toString() } }, {}, by);
  const health = async (by = client): Promise<unknown> =>
    (await by.call('grpc.health.v1.Health', 'Check', { service: 'lanyard.Compute' })).response['status'];
  const metric = async (name: string, of = slave): Promise<number> => (await of.metrics()).sum(`lanyard_${name}`);
  const runs = (count: number, of = slave): Promise<boolean> =>
    eventually(`${count} run`, async () => (await metric('tasks_running', of)) === count);
  const weight = async (): Promise<number | undefined> => (await master.slaves())[0]?.weight;

  /** A call that goes on until it is given up. */
  function long(by = client, timeoutMs = 60_000): { answer: Promise<GrpcAnswer>; cancel: () => void } {
    let cancel = (): void => undefined;
    const answer = compute(LONG, { timeoutMs, onStart: (give) => (cancel = give) }, by);
    return { answer, cancel: () => cancel() };
  }

  it('answers with the result, its name and the run time, and counts the task as its own', async () => {
    const { status: code, response } = await fib();
    expect([code, response['text'], response['slave']]).to.deep.equal([status.OK, '23416728348467685', 's1']);
    expect(response['runMs']).to.be.within(0, 10_000);
    const metrics = await slave.metrics();
    expect(metrics.sum('lanyard_tasks_completed_total', { type: 'fib', outcome: 'done' })).to.equal(1);
    expect(metrics.sum('lanyard_calls_accepted_total')).to.equal(1);
  });

  it('says what is wrong with a request, in the words of GET /task', async () => {
    const n = 'no number';
    const answer = await compute({ type: 'fib', params: { n } });
    const http = await master.get(`/task?type=fib&n=${encodeURIComponent(n)}`);
    expect([answer.status, answer.details]).to.deep.equal([status.INVALID_ARGUMENT, parsed(http)['detail']]);
    expect(answer.trailers?.get('lanyard-code')).to.deep.equal(['BAD_PARAMETER']);
  });

  it('shows its calls in the weight that the master sees, and gives a cancelled one’s thread to the next', async () => {
    const call = long();
    await eventually('the master sees it', async () => (await weight()) === LONG_WEIGHT);
    const next = fib();
    await eventually('the next waits', async () => (await metric('calls_waiting')) === 1);
    call.cancel();
    expect((await call.answer).status).to.equal(status.CANCELLED);
    expect((await next).response['text']).to.equal('23416728348467685');
    await eventually('the master sees it gone', async () => (await weight()) === 0);
  });

  it('gives the thread of a client that is gone, or whose deadline has passed, to the next', async () => {
    const gone = connect(`http://127.0.0.1:${slave.grpcPort}`);
    const call = gone.request({ ':method': 'POST', ':path': '/lanyard.Compute/ComputeTask', ...GRPC_HEADERS });
    call.on('error', () => undefined);
    call.end(message(client.method('lanyard.Compute', 'ComputeTask').requestSerialize(LONG)));
    await runs(1);
    gone.destroy();
    expect((await fib()).status).to.equal(status.OK);
    const { answer } = long(client, 300);
    expect((await answer).status).to.equal(status.DEADLINE_EXCEEDED);
    expect((await fib()).status).to.equal(status.OK);
    expect(await metric('tasks_running')).to.equal(0);
  });

  it('lets no more calls wait than it was told, and says so', async () => {
    const calls = [long(), long()];
    await runs(1);
    await eventually('one waits', async () => (await metric('calls_waiting')) === 1);
    const refused = await fib();
    expect(refused.status).to.equal(status.RESOURCE_EXHAUSTED);
    expect(refused.details).to.contain('1 calls wait').and.contain('--grpc-queue-limit 1');
    const http = master.get('/task?type=fib&n=80');
    for (const { cancel } of calls) cancel();
    expect((await http).body, 'a task of the master has its turn').to.equal('23416728348467685');
    for (const { answer } of calls) await answer;
  });

  it('takes no calls while an operator drains it, and takes them again', async () => {
    const post = (what: string): Promise<unknown> => master.get(`/slaves/s1/${what}`, { method: 'POST' });
    await post('drain');
    await eventually('it is told', async () => (await health()) === 'NOT_SERVING');
    const refused = await fib();
    expect([refused.status, refused.trailers?.get('lanyard-code')]).to.deep.equal([status.UNAVAILABLE, ['DRAINING']]);
    await post('resume');
    await eventually('it is told', async () => (await health()) === 'SERVING');
    expect((await fib()).status).to.equal(status.OK);
  });

  it('ends calls that outlast --drain-timeout with a sentence, and goes', async () => {
    const short = await startSlave(master.discoveryPort, { grpc: true, args: ['--drain-timeout', '100ms'] });
    const by = await clientOf(short);
    const { answer } = long(by);
    await runs(1, short);
    short.kill('SIGTERM');
    const { status: code, details } = await answer;
    expect([code, details]).to.deep.equal([
      status.UNAVAILABLE,
      'the slave ended before the task did; call another one, or give it longer with --drain-timeout',
    ]);
    expect(await short.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('goes on when its master is gone, and on SIGTERM ends what it has before it goes', async () => {
    await master.end();
    await slave.log('connection to the master lost');
    expect((await fib()).response['text']).to.equal('23416728348467685');
    const last = compute({ type: 'reverse', params: { text: 'ab', workMs: '1000' } });
    await runs(1);
    slave.kill('SIGTERM');
    await eventually('it serves no more', async () => (await health()) === 'NOT_SERVING');
    const refused = await fib();
    expect([refused.status, refused.trailers?.get('lanyard-code')]).to.deep.equal([status.UNAVAILABLE, ['DRAINING']]);
    expect((await last).status).to.equal(status.OK);
    expect(await slave.exited).to.deep.equal({ code: 0, signal: null });
  });
});

describe("a slave's gRPC port", () => {
  after(stopAll);

  const lo = ['--interface', 'lo', '--discovery-port', '3999', '--grpc-port'];

  it('is the fourth of --port-range; one with three keeps it closed, and says so', async () => {
    const narrow = new NodeProcess('bin/slave', { args: [...lo, '0', '--port-range', '19100-19102'] });
    expect(await narrow.log('slave is up')).to.include({ grpcPort: 'off' });
    expect(narrow.output).to.contain(
      'no gRPC: the master takes all of --port-range; add one more port, or say --grpc-port off',
    );
    await narrow.end();
    const wide = new NodeProcess('bin/slave', { args: [...lo, '0', '--port-range', '19100-19120'] });
    const { ports, grpcPort } = await wide.log('slave is up');
    expect(grpcPort).to.be.within(Math.max(...(ports as number[])) + 1, 19_120);
    const args = [...lo, String(grpcPort), '--port-range', '19121-19140'];
    const second = new NodeProcess('bin/slave', { args });
    expect((await second.exited).code, second.output).to.equal(1);
    expect(second.output).to.match(/gRPC: cannot bind TCP 127\.0\.0\.1:\d+: .+ in use; .+ --grpc-port/);
  });
});
