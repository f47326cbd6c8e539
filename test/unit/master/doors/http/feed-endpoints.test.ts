// GET /about and GET /history through the real door.
import * as net from 'node:net';
import { expect } from 'chai';
import type { About } from '../../../../../src/common/feed/feed.ts';
import { getJson, request } from '../../../../support/http.ts';
import { closeDoors, openDoor, parsed, stream, type OpenDoor } from '../../../../support/http-door.ts';
import { eventually } from '../../../../support/wait.ts';

describe('the feed over HTTP', () => {
  let door: OpenDoor;
  before(async () => (door = await openDoor()));
  after(closeDoors);

  it('says what the cluster is, with the port at which it was asked', async () => {
    const about = await getJson<About>(`${door.url}/about`);
    expect(about).to.include({ cluster: 'lanyard', masterId: 'm1', mayChange: true, whyNot: null });
    expect(about.join[0]!.command).to.contain(`:${door.port}/slave.mjs`);
  });

  it('gives the history as it is kept', async () => {
    const log = [{ n: 1, at: 2, what: 'algorithm' as const, from: 'a', to: 'b' }];
    door.cluster.feed.past = { samples: [], log };
    const { status, headers, body } = await request(`${door.url}/history`);
    expect([status, headers['content-type']]).to.deep.equal([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(body)).to.deep.equal({ samples: [], log });
  });

  it('is to be read only', async () => {
    for (const url of ['/about', '/history']) {
      expect(await request(door.url + url, { method: 'HEAD' })).to.include({ status: 200, body: '' });
      const wrong = await request(door.url + url, { method: 'POST' });
      expect([wrong.status, wrong.headers['allow']]).to.deep.equal([405, 'GET, HEAD']);
    }
  });

  it('tells snapshots to who asks for them, and to nobody else', async () => {
    const [all, some] = [await stream(`${door.url}/events`), await stream(`${door.url}/events?kinds=snapshot`)];
    await eventually('a snapshot', () => some.text.includes('event: snapshot\ndata: {"at":'));
    await all.until(2);
    expect(all.text).to.equal(': events of slave, task, progress, autoscale\nretry: 2000\n\n');
    all.leave();
    some.leave();
    const refused = await request(`${door.url}/events?kinds=snapshots`);
    expect(parsed(refused)['detail']).to.match(/slave, task, progress, autoscale, snapshot; got snapshots/);
  });

  it('survives a client that asks a thousand times and reads nothing', async () => {
    const bytes = Buffer.alloc(100_000, 'x');
    let asked = 0;
    door.cluster.feed.history = () => {
      asked++;
      return bytes;
    };
    const before = process.memoryUsage();
    const client = net.connect(door.port, '127.0.0.1');
    client.pause();
    client.write('GET /history HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1000));
    await eventually('the master is asked', () => asked > 0);
    expect((await request(`${door.url}/ok`)).body, 'others are answered').to.equal('ok');
    const { heapUsed, external } = process.memoryUsage();
    const grown = (heapUsed + external - before.heapUsed - before.external) / 1e6;
    expect(grown, 'MB: the same bytes for all').to.be.below(50);
    let read = 0;
    client.on('data', (chunk) => (read += chunk.length)).resume();
    await eventually('all answers', () => read > 1000 * bytes.length, 10_000);
    expect(asked).to.equal(1000);
    client.destroy();
  });
});
