// What a slave tells of the services beside it.
import { expect } from 'chai';
import type { Log } from '../../../../src/common/log.ts';
import { systemClock } from '../../../../src/common/time/clock.ts';
import { Services } from '../../../../src/slave/services/services.ts';

describe('the services beside a slave', () => {
  it('are told with why they are down', async () => {
    const nothing = (): void => undefined;
    const log = { info: nothing, warn: nothing } as unknown as Log;
    // No service listens at this port: only root may, and this is nobody's.
    const address = { hostname: '127.0.0.1', port: 1, host: '127.0.0.1:1', basePath: '' };
    const web = { name: 'web', address, slots: 1, healthPath: undefined, metric: undefined, command: undefined };
    const services = await Services.open([web], { clock: systemClock, log, onEnded: nothing });
    expect(await services.states(5000)).to.deep.equal([['web', false, null, 'connect ECONNREFUSED 127.0.0.1:1']]);
    await services.close();
  });
});
