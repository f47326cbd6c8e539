// A real ./slave that serves a web service beside it, seen by a master made of the protocol alone: what it says of the service, the way
// to it, and how both end together.
import { Client } from 'undici';
import { expect } from 'chai';
import { Tag, type Message } from '../../src/common/protocol/messages.ts';
import { Slave, stopAll } from '../support/cluster.ts';
import { FakeMaster } from '../support/fake-master.ts';
import { processesOf, type GroupMember } from '../support/process-group.ts';
import { eventually } from '../support/wait.ts';

/** Answers with its path; to `/slow` with the next `/go`; says whether `/slow` has come, and its load; ends when it is told to. */
const PROGRAM = `
let waiting;
require('node:http').createServer((request, response) => {
  if (request.url === '/exit') process.exit(5);
  if (request.url === '/metrics') return response.end('sessions{kind="open"} 2\\nsessions{kind="new"} 1\\n');
  if (request.url === '/slow') { waiting = response; return; }
  if (request.url === '/waits') return response.end(waiting === undefined ? 'no' : 'yes');
  response.end(request.url + ' ' + process.env.PORT);
  if (request.url === '/go') waiting?.end('at last');
}).listen(process.env.PORT, '127.0.0.1');
`;
const COMMAND = `"${process.execPath}" -e '${PROGRAM.replaceAll("'", `'"'"'`)}'`;
const OWN = ['--serve', 'web=http://127.0.0.1:0/app/', '--service-command', COMMAND];
const WATCHED = ['--health-path', '/health', '--load-from', 'web=http://127.0.0.1:0/metrics#sessions'];

describe('a slave with a service', () => {
  let master: FakeMaster;
  let slave: Slave;
  const clients = new Set<Client>();

  async function start(...args: readonly string[]): Promise<void> {
    master = await FakeMaster.listen();
    slave = new Slave(master.discoveryPort, { args: [...OWN, '--name', 's1', '--concurrency', '1', ...args] });
    await slave.log('service is started');
    await master.joined();
  }

  afterEach(async () => {
    await Promise.all([...clients].map((client) => client.destroy()));
    clients.clear();
    master.close();
    await stopAll();
    await eventually('no service is left', () => service().length === 0);
  });

  /** The processes of the service; the shells are among them. */
  const service = (): GroupMember[] => {
    return processesOf(Number(slave.logs.find(({ msg }) => msg === 'service is started')?.['pid'] ?? -1));
  };
  const states = (): Message[] => master.all(Tag.ServiceStates);
  const client = (): Client => {
    const one = new Client('http://web', { connect: master.tunnels('web') });
    clients.add(one);
    return one;
  };
  const get = async (from: Client, path: string): Promise<string> =>
    (await from.request({ path, method: 'GET' })).body.text();

  /** Polls until the service is well. */
  async function well(): Promise<readonly unknown[]> {
    return eventually('it is well', async () => {
      await master.poll();
      await eventually('its state', () => states().length > 0);
      const [, , [state]] = states().pop() as unknown as [number, number, [readonly unknown[]]];
      master.messages.length = 1; // the capabilities
      return state[1] === true && state;
    });
  }

  describe('that is its child', () => {
    beforeEach(() => start(...WATCHED, '--max-connections', 'web=7'));

    it('offers it, tells how it is after each poll, lets its master through, and lets requests end when it leaves', async () => {
      const [, { services, forwardPort }] = master.first(Tag.Capabilities)!;
      const port = Number(services![0]!.host.split(':')[1]);
      const offer = { name: 'web', slots: 7, host: `127.0.0.1:${port}`, basePath: '/app', reportsLoad: true };
      expect(services).to.deep.equal([offer]);
      expect([port, forwardPort].every((one) => one! > 1023)).to.equal(true);

      expect(await well()).to.deep.equal(['web', true, 3]);
      await master.poll();
      await eventually('its state', () => states().length > 0);
      expect(states()[0]![1], 'the number of the question').to.equal(master.all(Tag.LoadResponse).at(-1)![1]);

      const [slow, quick] = [client(), client()];
      expect(await get(quick, '/app/x?y=1')).to.equal(`/app/x?y=1 ${port}`);
      const answer = get(slow, '/slow');
      await eventually('it is under way', async () => (await get(quick, '/waits')) === 'yes');
      slave.kill('SIGTERM');
      await eventually('it drains', () => master.first(Tag.Draining));
      await get(quick, '/go');
      expect(await answer).to.equal('at last');
      expect(master.first(Tag.Leave)).to.equal(undefined);
      await Promise.all([slow.close(), quick.close()]);
      expect(await slave.exited).to.deep.equal({ code: 0, signal: null });
      expect([master.first(Tag.Leave) !== undefined, service()]).to.deep.equal([true, []]);
    });

    it('ends with it, and with an error, when that ends by itself', async () => {
      await well();
      await get(client(), '/exit').catch(() => undefined);
      expect(await slave.exited).to.deep.equal({ code: 1, signal: null });
      expect(slave.logs.find(({ msg }) => msg.startsWith('the service has ended'))?.['reason']).to.equal('exit code 5');
      expect(master.first(Tag.Leave)).to.deep.equal([Tag.Leave]);
    });
  });

  it('takes it along when it is killed, though that ignores SIGTERM and has children', async () => {
    const stubborn = 'trap "" TERM; sh -c "trap : TERM HUP; while :; do sleep 600; done" & while :; do sleep 600; done';
    await start('--service-command', stubborn);
    await eventually('they run', () => service().filter(({ line }) => line.startsWith('sleep')).length >= 2);
    slave.kill('SIGKILL');
    await slave.exited;
    await eventually('none survives', () => service().length === 0, 10_000);
  });

  it('gives up, with it, when no master has had it for so long', async () => {
    await start('--orphan-after', '1s');
    master.close();
    expect(await slave.exited).to.deep.equal({ code: 0, signal: null });
    expect(slave.output).to.contain('no master for too long, this slave gives up');
    expect(service()).to.deep.equal([]);
  });
});
