// What the autoscaler relies on, of every provider. A new one is a line in PROVIDERS.
import { expect } from 'chai';
import { GROUP_LABEL, REPLICA_LABEL, type Replica, type ReplicaOrder } from '../../src/master/autoscale/provider.ts';
import { messageOf } from '../../src/common/errors.ts';
import { DockerCase } from '../support/docker-provider-case.ts';
import { ProcessCase, type Behaviour, type ProviderCase, type ProviderUnderTest } from '../support/provider-cases.ts';
import { eventually, sleep } from '../support/wait.ts';

const PROVIDERS: readonly (() => ProviderCase)[] = [() => new ProcessCase(), () => new DockerCase()];

/** Nobody else's on this machine. */
const CLUSTER = `conformance-${process.pid}`;
const ELSEWHERE = `${CLUSTER}-2`;
const QUICKLY_MS = 300;

for (const newCase of PROVIDERS) {
  const tested = newCase();

  describe(`provider ${tested.name}${tested.whyNot === undefined ? '' : ` (${tested.whyNot})`}`, () => {
    let orders = 0;
    const opened = new Map<Behaviour, ProviderUnderTest>();
    let under: ProviderUnderTest;

    const order = (): ReplicaOrder => {
      const id = `web-${(++orders).toString()}`;
      return {
        id,
        group: 'web',
        environment: { LANYARD_LABEL: `${REPLICA_LABEL}=${id},${GROUP_LABEL}=web`, GREETING: 'a b=c' },
      };
    };
    const open = async (behaviour: Behaviour): Promise<ProviderUnderTest> => {
      const found = opened.get(behaviour) ?? (await tested.open(CLUSTER, behaviour));
      opened.set(behaviour, found);
      return found;
    };
    const listed = async (id: string, by = under): Promise<Replica | undefined> =>
      (await by.provider.list()).find((replica) => replica.id === id);
    const runs = async ({ id }: ReplicaOrder, by = under): Promise<void> => {
      await eventually(`${id} runs`, () => by.environmentOf(id));
    };

    before(async function () {
      if (tested.whyNot !== undefined) this.skip();
      under = await open('plain');
    });

    afterEach(async () => {
      for (const { id } of await under.provider.list()) await under.provider.stop(id, 0);
    });

    after(() => tested.close());

    it('starts a replica, with the environment that it was given', async () => {
      const given = order();
      await under.provider.start(given);
      await runs(given);
      expect(await under.environmentOf(given.id)).to.include(given.environment);
      expect(await listed(given.id)).to.include({ group: 'web', state: 'running' });
    });

    it('lists what another master started, and stops it', async () => {
      const given = order();
      await under.provider.start(given);
      await runs(given);
      const other = await tested.open(CLUSTER, 'plain');
      expect(await listed(given.id, other)).to.include({ group: 'web', state: 'running' });
      await other.provider.stop(given.id, 5000);
      expect(await listed(given.id, other)).to.equal(undefined);
      expect(await under.isAlive(given.id)).to.be.false;
    });

    it('lists no replica of another cluster, and stops none', async () => {
      const given = order();
      await under.provider.start(given);
      await runs(given);
      const other = await tested.open(ELSEWHERE, 'plain');
      expect(await other.provider.list()).to.deep.equal([]);
      await other.provider.stop(given.id, 0);
      expect(await under.isAlive(given.id)).to.be.true;
    });

    it('stops one that is gone already, or never was, without a word', async () => {
      const given = order();
      await under.provider.start(given);
      await under.provider.stop(given.id, 5000);
      await under.provider.stop(given.id, 5000);
      await under.provider.stop('web-never', 5000);
      expect(await listed(given.id)).to.equal(undefined);
    });

    it('ends a replica by force that does not end when it is asked to, and its service with it', async () => {
      const hangs = await open('hangs');
      const given = order();
      await hangs.provider.start(given);
      await runs(given, hangs);
      const beganMs = performance.now();
      await hangs.provider.stop(given.id, QUICKLY_MS);
      expect(performance.now() - beganMs).to.be.at.least(QUICKLY_MS);
      expect(await listed(given.id, hangs)).to.equal(undefined);
      expect(await hangs.isAlive(given.id)).to.be.false;
    });

    it('says why a replica does not run: at once, or in the list', async () => {
      const fails = await open('fails');
      const given = order();
      const why = await fails.provider.start(given).then(
        () =>
          eventually('the end of it', async () => {
            const replica = await listed(given.id, fails);
            return replica?.state === 'ended' ? replica.detail : undefined;
          }),
        (error: unknown) => messageOf(error),
      );
      expect(why)
        .to.match(/code 3/)
        .and.to.contain('no such thing as a slave here');
      await fails.provider.stop(given.id, 0);
      expect(await listed(given.id, fails)).to.equal(undefined);
    });

    it('starts nothing again by itself', async () => {
      const given = order();
      await under.provider.start(given);
      await runs(given);
      await under.crash(given.id);
      await eventually('its end', async () => (await listed(given.id))?.state !== 'running');
      await sleep(QUICKLY_MS);
      expect((await listed(given.id))?.state).not.to.equal('running');
      expect(await under.isAlive(given.id)).to.be.false;
    });
  });
}
