// A hundred clients that ask at once, over the wire: leases spread them although the reports name one best; without leases they herd.
import { expect } from 'chai';
import type { BackendInfo } from '../../examples/look-aside/lanyard.ts';
import { type Master, startMaster, stopAll } from '../support/cluster.ts';
import { askAtOnce, connect, endLookAside } from '../support/look-aside.ts';
import { eventually } from '../support/wait.ts';

const CLIENTS = 100;
const LOADS = [0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09];
/** Nothing changes by itself while a test looks: no report is missed, no lease ends. */
const STILL = ['--report-interval', '1h', '--lookaside-lease', '10m'];

describe('a hundred clients that ask at once', () => {
  after(async () => {
    endLookAside();
    await stopAll();
  });

  /** A master with one backend for each load, which nobody will call. */
  async function masterWith(loads: readonly number[], ...args: string[]): Promise<Master> {
    const master = await startMaster({ grpc: true, args: ['least-load', ...STILL, ...args] });
    await register(master, 'reverse', loads);
    return master;
  }

  async function register(master: Master, service: string, loads: readonly number[]): Promise<void> {
    const balancer = connect(master);
    for (const [i, load] of loads.entries()) {
      const backend: BackendInfo = { id: `${service}-${i}`, address: '127.0.0.1', port: 6000 + i, load, service };
      expect((await balancer.registerBackend(backend)).success).to.equal(true);
    }
  }

  it('spread over ten that reported 0.00 to 0.09 within 9 to 11 each', async () => {
    const master = await masterWith(LOADS);
    const share = await askAtOnce(master, CLIENTS, 'reverse');
    expect(Object.keys(share)).to.have.length(LOADS.length);
    for (const count of Object.values(share)) expect(count).to.be.within(9, 11);
  });

  it('go where nobody was sent before when they come again, until their leases are over', async () => {
    const master = await masterWith([0, 1.5], '--lookaside-lease', '5s');
    const balancer = connect(master);
    const asked = async (): Promise<string> => (await balancer.getBackend('reverse')).id;
    expect(await asked()).to.equal('reverse-0'); // 0 before, 1 with the lease
    expect(await asked()).to.equal('reverse-0');
    expect(await asked()).to.equal('reverse-1'); // 2 against 1.5
    // With both leases of reverse-0 over it has 0 again; two in a row are told it only then.
    await eventually(
      'leases end by time',
      async () => (await asked()) === 'reverse-0' && (await asked()) === 'reverse-0',
      15_000,
    );
  });

  it('herd at the best with --lookaside-lease off, and draw among equals', async () => {
    const master = await masterWith(LOADS, '--lookaside-lease', 'off');
    const share = await askAtOnce(master, CLIENTS, 'reverse');
    expect(share['reverse-0']).to.be.at.least(90);
    const equals = LOADS.map((_, i) => 0.5 + i / 10_000); // within 0.001
    await register(master, 'equal', equals);
    const drawn = Object.values(await askAtOnce(master, CLIENTS, 'equal'));
    // In turn it would be ten each; by chance it is so once in forty million times.
    expect(drawn.length).to.be.greaterThan(4);
    expect(new Set(drawn).size, `${drawn.join(' ')}: in turn rather than at random`).to.be.greaterThan(1);
  });
});
