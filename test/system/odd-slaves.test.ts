// What a client sees of slaves that the built-in types cannot make: tasks that throw, results too large or of other kinds, work
// refused or never answered, broken protocol. Played by slaves made of the protocol alone, at a real ./master.
import { expect } from 'chai';
import { startMaster, stopAll, type Master } from '../support/cluster.ts';
import { closeFakeSlaves, FakeSlave, type FakeSlaveOptions } from '../support/fake-slave.ts';
import type { Answer } from '../support/http.ts';
import { eventually } from '../support/wait.ts';
import { encode } from '../../src/common/protocol/codec.ts';
import { encodeBatch, FRAME_HEADER_BYTES } from '../../src/common/protocol/framing.ts';
import { ACKS, Tag, type GroupOffer, type TaskMessage } from '../../src/common/protocol/messages.ts';

const TYPE = { description: '', schema: { type: 'object', properties: {} }, weight: { constant: 1 } };
const OWN_GROUP: GroupOffer = {
  name: 'pictures',
  slots: 2,
  taskTypes: [
    { ...TYPE, name: 'thumbnail', resultKind: 'bytes' },
    { ...TYPE, name: 'facts', resultKind: 'json' },
  ],
};

/** A frame with the result of `task`: [[…[1]…]], written by hand. */
function nestedResult([, id, attempt]: TaskMessage, depth: number): Uint8Array {
  const [frame] = encodeBatch([[Tag.Result, id, attempt, 0, 'PLACE', 1, false]]).frames;
  const body = Buffer.from(frame!.subarray(FRAME_HEADER_BYTES));
  const place = body.indexOf(encode('PLACE'));
  const value = Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.of(1)]);
  const whole = Buffer.concat([body.subarray(0, place), value, body.subarray(place + encode('PLACE').length)]);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(whole.length);
  return Buffer.concat([header, whole]);
}

describe('a slave that is unusual', () => {
  let master: Master;
  before(async () => {
    master = await startMaster({ args: ['--poll-interval', '100ms', '--grace', '200ms'] });
  });
  after(stopAll);
  afterEach(async () => {
    closeFakeSlaves();
    await master.members(0);
  });

  const join = (options: Omit<FakeSlaveOptions, 'discoveryPort'>): Promise<FakeSlave> =>
    FakeSlave.join({ discoveryPort: master.discoveryPort, ...options });

  const problem = ({ body }: Answer): { type: string; detail: string } =>
    JSON.parse(body) as { type: string; detail: string };

  it('gives the message of a task that threw with 500', async () => {
    await join({ onTask: (task, slave) => slave.finish(task, 'the dog ate it', 1) });
    const answer = await master.get('/task?type=fib&n=8');
    expect(answer.status).to.equal(500);
    expect(problem(answer)).to.include({ type: 'urn:lanyard:problem:task-failed', detail: 'fib: the dog ate it' });
    expect(answer.headers['x-slave']).to.equal('fake');
  });

  it('gives RESULT_TOO_LARGE for a result that no message carries, and stays connected', async () => {
    await join({ onTask: (task, slave) => slave.finish(task, 'larger than 1048576 bytes', 1, true) });
    const answer = await master.get('/task?type=fib&n=8');
    expect(answer.status).to.equal(500);
    expect(problem(answer).type).to.equal('urn:lanyard:problem:result-too-large');
    await master.members(1);
  });

  it('brings a task type of its own, whose bytes are base64 and whose objects are JSON that loses nothing', async () => {
    await join({
      capabilities: { groups: [OWN_GROUP] },
      onTask: (task, slave) =>
        slave.finish(task, task[3] === 'facts' ? { big: 2n ** 70n, small: 1 } : Uint8Array.of(1, 2, 255)),
    });
    expect((await master.get('/task?type=thumbnail')).body).to.equal('AQL/');
    const facts = { big: '1180591620717411303424', small: 1 };
    expect(JSON.parse((await master.get('/task?type=facts')).body)).to.deep.equal(facts);
    const json = await master.get('/task?type=facts', { headers: { accept: 'application/json' } });
    expect(JSON.parse(json.body)).to.deep.include({ type: 'facts', state: 'done', result: facts });
    const { body } = await master.get('/task-types');
    expect((JSON.parse(body) as { name: string }[]).map(({ name }) => name)).to.include.members(['fib', 'thumbnail']);
  });

  it('refuses work, which is then done by another one', async () => {
    const refuse = (task: TaskMessage, slave: FakeSlave): void =>
      slave.send('results', [Tag.Ack, task[1], task[2], ACKS.indexOf('refused'), 'no room']);
    const busy = await join({ capabilities: { name: 'busy' }, onTask: refuse });
    await join({ capabilities: { name: 'free' }, onTask: (task, slave) => slave.finish(task, 21n) });
    for (let i = 0; i < 4; i++) {
      const { headers, body } = await master.get('/task?type=fib&n=8');
      expect([headers['x-slave'], body]).to.deep.equal(['free', '21']);
    }
    expect(busy.tasks.length).to.be.above(0);
    expect((await master.metrics()).sum('lanyard_attempts_returned_total', { reason: 'refused' })).to.equal(
      busy.tasks.length,
    );
  });

  it('falls silent and loses its work to another one', async () => {
    let answersPolls = true;
    const silent = await join({ capabilities: { name: 'silent' }, answersPolls: () => answersPolls });
    const answer = master.get('/task?type=fib&n=8');
    await eventually('the silent one has the task', () => silent.tasks.length === 1);
    answersPolls = false;
    await join({ capabilities: { name: 'other' }, onTask: (task, slave) => slave.finish(task, 21n) });
    expect((await answer).headers['x-slave']).to.equal('other');
    const gone = await master.log('slave changed', ({ slave, to }) => slave === 'silent' && to === 'gone');
    expect(gone['reason']).to.equal('grace-over');
  });

  it('breaks the protocol and is expelled, with its work done elsewhere', async () => {
    const rude = await join({ capabilities: { name: 'rude' } });
    const answer = master.get('/task?type=fib&n=8');
    await eventually('the rude one has the task', () => rude.tasks.length === 1);
    await join({ capabilities: { name: 'polite' }, onTask: (task, slave) => slave.finish(task, 21n) });
    rude.send('results', [Tag.Welcome, 'me']);
    expect((await answer).headers['x-slave']).to.equal('polite');
    const { reason } = await master.log('slave changed', ({ slave, to }) => slave === 'rude' && to === 'gone');
    expect(reason).to.equal('expelled');
  });

  it('nests a result thousands of levels deep, and costs nobody but itself', async () => {
    for (let depth = 500; depth <= 6000; depth += 250) {
      await join({ onTask: (task, slave) => slave.write('results', nestedResult(task, depth)) });
      const { status } = await master.get('/task?type=fib&n=8&timeout=300ms');
      expect(status, `${depth} levels`).to.be.oneOf([200, 500, 503, 504]);
      closeFakeSlaves();
      expect(master.exit, master.output.slice(-2000)).to.equal(undefined);
    }
  });

  it('answers with the id of a task of another master, which is counted and dropped', async () => {
    const slave = await join({ onTask: (task, self) => self.finish(task, 21n) });
    slave.send('results', [Tag.Result, 'beef-1', 1, 0, 22n, 1, false]);
    expect((await master.get('/task?type=fib&n=8')).body).to.equal('21');
    expect((await master.metrics()).sum('lanyard_results_dropped_total', { reason: 'foreign' })).to.equal(1);
  });

  it('has the name of another one and is called <name>-2', async () => {
    await join({ capabilities: { name: 'twin' } });
    await join({ capabilities: { name: 'twin' } });
    expect((await master.members(2)).map(({ name }) => name)).to.deep.equal(['twin', 'twin-2']);
  });

  it('is of another cluster and is told so', async () => {
    const { answer } = await join({ cluster: 'elsewhere' });
    expect(answer).to.match(/^nak wrong-cluster: .*lanyard.*elsewhere/);
    expect((await master.metrics()).sum('lanyard_discovery_packets_total', { kind: 'wrong-cluster' })).to.equal(1);
  });
});
