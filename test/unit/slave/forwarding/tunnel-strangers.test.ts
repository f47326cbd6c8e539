// Who gets no tunnel: a master that asks for what is not there, and strangers on the forwarding port.
import { expect } from 'chai';
import { encodeBatch } from '../../../../src/common/protocol/framing.ts';
import { Tag } from '../../../../src/common/protocol/messages.ts';
import { systemClock } from '../../../../src/common/time/clock.ts';
import { NoTunnel, tunnelConnector } from '../../../../src/master/forwarding/tunnel.ts';
import { SILENT_MAX } from '../../../../src/slave/forwarding/tunnels.ts';
import { OWN, readNext, SLOTS, tunnelHello, TunnelYard } from '../../../support/tunnel-yard.ts';
import { eventually } from '../../../support/wait.ts';

describe('a tunnel', () => {
  let yard: TunnelYard;
  beforeEach(async () => {
    yard = await TunnelYard.open();
  });
  afterEach(() => yard.close());

  describe('is not opened', () => {
    it('to what this slave does not serve', async () => {
      expect(await yard.refused({ service: 'db' })).to.equal('this slave does not serve db');
      expect(yard.atService).to.deep.equal([]);
    });

    it('to a service that is down, which is said', async () => {
      yard.servicePort = 1;
      expect(await yard.refused()).to.equal('web at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1');
      expect(yard.tunnels.open).to.equal(0);
    });

    it('when too many lead to the same service', async () => {
      const max = 2 * SLOTS + 16;
      for (let i = 0; i < max; i++) await yard.open();
      expect(await yard.refused()).to.equal(`too many tunnels to web: ${max}`);
      [...yard.clients][0]!.destroy();
      await eventually('one is over', () => yard.tunnels.open === max - 1);
      await yard.open();
    });

    it('where nobody listens, or nobody answers in time', async () => {
      expect(await yard.refused({ port: 1 })).to.equal('connect ECONNREFUSED 127.0.0.1:1');
      const silent = await yard.listen((socket) => socket.on('error', () => undefined));
      expect(await yard.refused({ port: silent }, 30)).to.equal('nothing said within 30 ms');
    });

    it('by a slave that answers otherwise', async () => {
      for (const bytes of [
        'HTTP/1.1 400 Bad Request\r\n\r\n',
        encodeBatch([[Tag.Leave]]).frames[0]!,
        '\0\0\0\x01\xc1',
      ]) {
        const odd = await yard.listen((socket) => socket.on('error', () => undefined).write(bytes));
        expect(await yard.refused({ port: odd })).to.match(/^frame over|^unexpected message 15$|^malformed frame$/);
      }
    });

    it('without a link, on either side', async () => {
      yard.link = undefined;
      expect(await yard.refused()).to.match(/^closed by the peer$|ECONNRESET/);
      const connector = tunnelConnector(() => undefined, { clock: systemClock, limitMs: 1000 });
      const error = await new Promise((resolve) => connector({}, (...[reason]) => resolve(reason)));
      expect(error).to.be.instanceOf(NoTunnel).and.include({ message: 'there is no link to the slave just now' });
    });
  });

  describe('is not for strangers', () => {
    const wrong: Readonly<Record<string, Uint8Array | string>> = {
      'with another nonce': tunnelHello({ 2: 'guessed' }),
      'with no nonce': tunnelHello({ 2: '' }),
      'of another master': tunnelHello({ 3: 'm2' }),
      'of another major version': tunnelHello({ 5: 2 }),
      'for another role': tunnelHello({ 1: 0 }),
      'with no hello': encodeBatch([[Tag.Leave]]).frames[0]!,
      'with more than a hello': tunnelHello({}, [Tag.Leave]),
      'that speak HTTP': 'GET / HTTP/1.1\r\nHost: web\r\n\r\n',
      'with a hello that is too long': '\0\0\x04\x01xxxx',
      'that send rubbish': '\0\0\0\x02\xff\xff',
    };
    for (const [who, bytes] of Object.entries(wrong))
      it(`${who}: they are told nothing, and the service sees nothing`, async () => {
        const { closed, heard } = yard.stranger(bytes);
        await closed;
        expect([heard.length, yard.atService.length, yard.problems.length]).to.deep.equal([0, 0, 1]);
        expect(yard.tunnels.counters.refused).to.equal(1);
      });

    it('from another address than the master: they are closed before they say anything', async () => {
      yard.link = { ...OWN, address: '192.0.2.7' };
      await yard.stranger().closed;
      expect(yard.problems).to.deep.equal(['not from the address of the master']);
    });

    it('that say nothing for three seconds', async () => {
      const { socket, closed } = yard.stranger();
      await eventually('it is connected', () => socket.readyState === 'open');
      await yard.open(); // and so the one before has been taken in
      yard.clock.advance(3000);
      await closed;
      expect(yard.problems).to.deep.equal(['nothing said within 3000 ms']);
    });

    it('and thousands of them do not keep the master out', async () => {
      const crowd = Array.from({ length: 1000 }, () => yard.stranger());
      const socket = await yard.open();
      socket.write('ping');
      expect(await readNext(socket)).to.equal('ping');
      await eventually('most are closed', () => yard.tunnels.counters.refused >= crowd.length - SILENT_MAX);
    });

    it('also a hello byte by byte is one', async () => {
      const { socket, heard } = yard.stranger();
      for (const byte of tunnelHello()) {
        socket.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await eventually('it is let in', () => heard.length > 0);
      socket.write('ping');
      await eventually('it leads to the service', () => Buffer.concat(heard).toString().endsWith('ping'));
    });
  });
});
