// GET /autoscale through the real door.
import { expect } from 'chai';
import type { ScaledGroupView } from '../../../../../src/master/doors/autoscale-view.ts';
import { getJson, request } from '../../../../support/http.ts';
import { closeDoors, openDoor, type OpenDoor } from '../../../../support/http-door.ts';

const WEB: ScaledGroupView = {
  ...{ group: 'web', min: 1, max: 8, provider: 'process', wanted: 2, actual: 1, ready: 1, waiting: 3 },
  replicas: [{ id: 'web-1', state: 'ready', slave: 'web-1', idleMs: 0, detail: 'pid 412' }],
  ...{ reason: '3 wait and nobody has room', lastError: 'web-2 ended', retryInMs: 900 },
  history: [{ at: '2026-01-01T00:00:00.000Z', from: 0, to: 1, reason: '0 of at least 1 are there: 1 more' }],
};

describe('replicas over HTTP', () => {
  let door: OpenDoor;
  before(async () => (door = await openDoor()));
  after(closeDoors);

  it('are none without --autoscale', async () => {
    expect(await getJson(`${door.url}/autoscale`)).to.deep.equal({ groups: [], strangers: [] });
  });

  it('are shown with all that is known of them', async () => {
    const strangers = [{ id: 'api-1', group: 'api', slave: null, detail: 'pid 7' }];
    door.cluster.scaled = { groups: [WEB], strangers };
    expect(await getJson(`${door.url}/autoscale`)).to.deep.equal({ groups: [WEB], strangers });
  });

  it('are to be read only', async () => {
    const { status, headers } = await request(`${door.url}/autoscale`, { method: 'PUT' });
    expect([status, headers['allow']]).to.deep.equal([405, 'GET, HEAD']);
  });
});
