// The look-aside door over a desk of straw: what clients ask comes to the desk, and what it says comes back, failures by their status.
import { expect } from 'chai';
import { status } from '@grpc/grpc-js';
import { LanyardError, type Failure } from '../../../../../src/common/errors.ts';
import { createLog, type Log } from '../../../../../src/common/log.ts';
import type { Backend, BackendWelcome, LookAside } from '../../../../../src/master/doors/door.ts';
import { openGrpcDoor, type GrpcDoor } from '../../../../../src/master/doors/grpc/grpc-door.ts';
import { GrpcClient } from '../../../../support/grpc-client.ts';

const silentLog = createLog('test', 'silent');
const SERVICE = 'lanyard.LoadBalancer';
const BACKEND: Backend = { id: 'b-1', address: '10.0.0.7', port: 9000, load: 0.25, service: 'words' };

/** Answers as it is told to, and keeps what it was asked. */
class StrawDesk implements LookAside {
  readonly asked: unknown[][] = [];
  welcome: BackendWelcome | Failure = { message: 'b-1 is a backend of words', reportIntervalMs: 1500 };
  chosen: Backend | Failure = BACKEND;

  register(backend: Backend, peer: string): BackendWelcome | Failure {
    this.asked.push(['register', backend, peer]);
    return this.welcome;
  }

  report(id: string, load: number): BackendWelcome | Failure {
    this.asked.push(['report', id, load]);
    return this.welcome;
  }

  choose(service: string): Backend | Failure {
    this.asked.push(['choose', service]);
    return this.chosen;
  }

  takesWork(): boolean {
    return true;
  }
}

describe('The look-aside door', () => {
  const desk = new StrawDesk();
  const lines: unknown[][] = [];
  const log = {
    isLevelEnabled: () => true,
    debug: (...line: unknown[]) => lines.push(line),
  } as unknown as Log;
  let door: GrpcDoor;
  let client: GrpcClient;

  before(async () => {
    door = await openGrpcDoor({ lookAside: desk, host: '127.0.0.1', port: 0, log });
    client = await GrpcClient.open(door.port);
  });

  after(async () => {
    client.close();
    await door.close();
  });

  it('says at debug who asked for what and what came of it, shortened and masked', async () => {
    lines.length = 0;
    await client.call(SERVICE, 'GetBackend', { clientId: `me\u202e${'x'.repeat(100)}`, serviceName: 'words' });
    desk.chosen = { code: 'NO_BACKEND', message: 'nobody' };
    await client.call(SERVICE, 'GetBackend', {});
    desk.chosen = BACKEND;
    const [what, peer] = ['a client asked for a backend', '127.0.0.1'];
    expect(lines).to.deep.equal([
      [{ client: `me?${'x'.repeat(57)}`, service: 'words', peer, backend: 'b-1' }, what],
      [{ client: '', service: '', peer, refused: 'NO_BACKEND' }, what],
    ]);
  });

  it('registers a backend, with the address that it called from', async () => {
    const { status: code, response } = await client.call(SERVICE, 'RegisterBackend', BACKEND);
    expect(code).to.equal(status.OK);
    expect(response).to.deep.equal({ success: true, message: 'b-1 is a backend of words', reportIntervalMs: 1500 });
    expect(desk.asked.pop()).to.deep.equal(['register', BACKEND, '127.0.0.1']);
  });

  it('knows who calls by IPv4 as such where it listens on both', async function () {
    const both = await openGrpcDoor({ lookAside: desk, host: '::ffff:127.0.0.1', port: 0, log: silentLog }).catch(() =>
      this.skip(),
    );
    const caller = await GrpcClient.open(both.port);
    await caller.call(SERVICE, 'RegisterBackend', BACKEND);
    caller.close();
    await both.close();
    expect(desk.asked.pop()).to.deep.equal(['register', BACKEND, '127.0.0.1']);
  });

  it('takes what was left out for empty and zero', async () => {
    await client.call(SERVICE, 'RegisterBackend', { id: 'b-2' });
    expect(desk.asked.pop()).to.deep.equal([
      'register',
      { id: 'b-2', address: '', port: 0, load: 0, service: '' },
      '127.0.0.1',
    ]);
  });

  it('passes a report on, and says that an unknown backend is not found', async () => {
    const { response } = await client.call(SERVICE, 'ReportLoad', { id: 'b-1', load: 1.5 });
    expect(response).to.include({ success: true, reportIntervalMs: 1500 });
    expect(desk.asked.pop()).to.deep.equal(['report', 'b-1', 1.5]);

    const { welcome } = desk;
    desk.welcome = { code: 'NOT_FOUND', message: 'no backend b-9 here: register it again' };
    const failed = await client.call(SERVICE, 'ReportLoad', { id: 'b-9', load: 1 });
    desk.welcome = welcome;
    expect(failed).to.include({ status: status.NOT_FOUND, details: 'no backend b-9 here: register it again' });
    expect(failed.trailers?.get('lanyard-code')).to.deep.equal(['NOT_FOUND']);
  });

  it('answers with the backend that was chosen, or with why there is none', async () => {
    const { response } = await client.call(SERVICE, 'GetBackend', { clientId: 'me', serviceName: 'words' });
    expect(response).to.deep.equal(BACKEND);
    expect(desk.asked.pop()).to.deep.equal(['choose', 'words']);

    desk.chosen = { code: 'NO_BACKEND', message: 'no backend of words: start one' };
    const failed = await client.call(SERVICE, 'GetBackend', { serviceName: 'words' });
    desk.chosen = BACKEND;
    expect(failed).to.include({ status: status.UNAVAILABLE, details: 'no backend of words: start one' });
  });

  it('says NOT_SERVING to whoever asks for its health while it drains', async () => {
    const check = (): Promise<unknown> =>
      client.call('grpc.health.v1.Health', 'Check', { service: SERVICE }).then(({ response }) => response['status']);
    expect(await check()).to.equal('SERVING');
    door.setDraining();
    expect(await check()).to.equal('NOT_SERVING');
  });

  it('refuses a port that is taken with a hint', async () => {
    const taken = { lookAside: desk, host: '127.0.0.1', port: door.port, log: silentLog };
    const error: unknown = await openGrpcDoor(taken).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(LanyardError);
    expect((error as Error).message).to.equal(
      `look-aside door: cannot bind TCP 127.0.0.1:${door.port.toString()}: port ${door.port.toString()} is in use; ` +
        'stop the other program or choose another with --grpc-port',
    );
  });
});
