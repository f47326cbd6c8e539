// Who may ask, and who may change the cluster.
import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { addressOf, Guard, type GuardOptions } from '../../../../../src/master/doors/http/guard.ts';

const guard = (options: Partial<GuardOptions> = {}): Guard =>
  new Guard({ machineNames: ['Hall-1'], allowedHosts: ['Lanyard.Example'], open: false, ...options });
const request = (headers: Record<string, string>, remoteAddress?: string): IncomingMessage =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe('the guard', () => {
  const allows = (host: string): boolean => guard().refuse(request({ host })) === undefined;

  it('lets through IP literals, localhost, the names of the machine and the names that were allowed', () => {
    for (const host of [
      '192.0.2.7',
      '192.0.2.7:4242',
      '[::1]',
      '[2001:db8::1]:80',
      'localhost',
      'LocalHost:1',
      'hall-1',
      'HALL-1:4242',
      'hall-1.local',
      'lanyard.example',
      'LANYARD.EXAMPLE:443',
    ]) {
      expect(allows(host), host).to.equal(true);
    }
  });

  it('refuses every other Host, with a hint', () => {
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      'hall-1.evil.example',
      'sub.lanyard.example',
      '192.0.2.7.nip.example',
      '::1',
      '[localhost]',
      '192.0.2.7:80:80',
      'localhost:',
      ' localhost',
      'user@localhost',
      '0x7f000001',
      '',
    ]) {
      expect(guard().refuse(request({ host })), host).to.deep.include({ code: 'FORBIDDEN' });
    }
    expect(guard().refuse(request({ host: 'evil.example' }))?.message).to.contain('--http-allowed-host');
    expect(guard().refuse(request({}))?.message).to.contain('(none)');
  });

  it('remembers good hosts, not bad ones', () => {
    const one = guard();
    for (let i = 0; i < 3; i++) {
      expect(one.refuse(request({ host: 'localhost' }))).to.equal(undefined);
      expect(one.refuse(request({ host: 'evil.example' }))).not.to.equal(undefined);
    }
  });

  it('wants Origin, when there is one, to be the Host', () => {
    const refused = (host: string, origin: string): boolean => guard().refuse(request({ host, origin })) !== undefined;
    expect(refused('localhost:4242', 'http://localhost:4242')).to.equal(false);
    expect(refused('LOCALHOST:4242', 'http://localhost:4242')).to.equal(false);
    expect(refused('localhost', 'http://localhost')).to.equal(false);
    for (const origin of [
      'http://localhost',
      'http://localhost:4243',
      'http://evil.example',
      'null',
      '',
      'localhost:4242',
      'http://evil.example/localhost:4242',
      'http://localhost:4242@evil.example',
      'file://',
    ]) {
      expect(refused('localhost:4242', origin), origin).to.equal(true);
    }
  });

  it('lets only the own machine change the cluster', () => {
    for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
      expect(guard().refuseChange(request({}, address)), address).to.equal(undefined);
    }
    for (const address of [
      '10.0.0.1',
      '192.168.127.1',
      '1.127.0.0',
      '::ffff:10.0.0.1',
      '::2',
      '::1:1',
      '2001:db8::127',
      '',
      undefined,
    ]) {
      const failure = guard().refuseChange(request({}, address));
      expect(failure, address).to.deep.include({ code: 'FORBIDDEN' });
      expect(failure?.message).to.contain('--http-open');
    }
  });

  it('lets a task be cancelled from the address that submitted it, and from the own machine', () => {
    const refused = (address: string | undefined, submitter: string | undefined): boolean =>
      guard().refuseCancel(request({}, address), submitter) !== undefined;
    expect(refused('10.0.0.9', '10.0.0.9')).to.equal(false);
    expect(refused('::ffff:10.0.0.9', '10.0.0.9'), 'the same on a socket for both').to.equal(false);
    expect(refused('127.0.0.1', '10.0.0.9')).to.equal(false);
    expect(refused('10.0.0.8', '10.0.0.9')).to.equal(true);
    expect(refused('10.0.0.8', undefined), 'of nobody known').to.equal(true);
    expect(refused(undefined, ''), 'both unknown are not the same').to.equal(true);
    expect(guard({ open: true }).refuseCancel(request({}, '10.0.0.8'), '10.0.0.9')).to.equal(undefined);
  });

  it('writes IPv4 addresses in one way', () => {
    for (const [given, address] of [
      ['::ffff:10.0.0.9', '10.0.0.9'],
      ['::FFFF:10.0.0.9', '10.0.0.9'],
      ['10.0.0.9', '10.0.0.9'],
      ['2001:DB8::1', '2001:db8::1'],
      ['::ffff:rubbish', '::ffff:rubbish'],
      [undefined, ''],
    ] as const) {
      expect(addressOf(request({}, given))).to.equal(address);
    }
  });

  it('that is open lets everyone change it, but still checks Host and Origin', () => {
    const open = guard({ open: true });
    expect(open.refuseChange(request({}, '10.0.0.1'))).to.equal(undefined);
    expect(open.refuse(request({ host: 'evil.example' }))).not.to.equal(undefined);
  });
});
