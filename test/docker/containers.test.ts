// The Docker provider with a real daemon: what its containers are like, how those ended that did, and whose are left alone. What every
// provider does is in test/conformance/provider.conformance.test.ts.
import { expect } from 'chai';
import type { ContainerInspectInfo } from 'dockerode';
import { DockerProvider } from '../../src/master/autoscale/docker-provider.ts';
import type { DockerTemplate } from '../../src/master/autoscale/docker-template.ts';
import type { Replica } from '../../src/master/autoscale/provider.ts';
import { startDockerd, stopDockerd, whyNoDocker, type Dockerd } from '../support/docker.ts';
import { buildImage } from '../support/docker-build.ts';
import { IMAGE, importImage } from '../support/docker-image.ts';
import { eventually } from '../support/wait.ts';

const WHY_NOT = whyNoDocker();
const PLACE = { cluster: 'boxes', discoveryPort: 3999 };
const STAYS = 'process.on("SIGTERM", () => process.exit(0)); console.log("ready"); setInterval(() => {}, 1000)';

describe(`Containers of the Docker provider${WHY_NOT === undefined ? '' : ` (${WHY_NOT})`}`, () => {
  let dockerd: Dockerd;
  before(async function () {
    if (WHY_NOT !== undefined) this.skip();
    dockerd = await startDockerd();
    await importImage(dockerd);
  });
  after(stopDockerd);

  /** One whose containers run this JavaScript in the place of a slave. */
  const provider = (script: string, template: Partial<DockerTemplate> = {}, place = PLACE): DockerProvider => {
    const entrypoint = ['node', '-e', script, '--'];
    const of = { ...TEMPLATE, entrypoint, ...template };
    return new DockerProvider({ place, template: of, dockerHost: dockerd.host });
  };
  const inspect = async (name: string): Promise<ContainerInspectInfo> => dockerd.docker.getContainer(name).inspect();
  const ended = async (boxes: DockerProvider, id: string): Promise<Replica> =>
    eventually(`the end of ${id}`, async () => {
      return (await boxes.list()).find((replica) => replica.id === id && replica.state === 'ended');
    });
  const logs = async (name: string): Promise<string> => {
    const output = await dockerd.docker.getContainer(name).logs({ stdout: true, stderr: true, follow: false });
    return output.toString();
  };

  it('have their limits, labels, variables, a bounded log, and are restarted by nobody', async () => {
    const limits = { memoryBytes: 100 * 1024 ** 2, cpus: 0.25, labels: { team: 'web' } };
    const boxes = provider(STAYS, { ...limits, environment: { A: 'template', B: 'template' }, network: 'none' });
    await boxes.start({ id: 'limits', group: 'compute', environment: { B: 'order', LANYARD_NAME: 'x' } });
    const { Config, HostConfig, RestartCount } = await inspect('lanyard-boxes-limits');
    expect([HostConfig.Memory, HostConfig.MemorySwap, HostConfig.NanoCpus]).to.deep.equal([
      104857600, 104857600, 250000000,
    ]);
    expect(HostConfig.NetworkMode).to.equal('none');
    expect(HostConfig.LogConfig).to.deep.equal({ Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } });
    expect([HostConfig.RestartPolicy?.Name, RestartCount]).to.deep.equal(['no', 0]);
    expect(Config.Env).to.include.members(['A=template', 'B=order', 'LANYARD_NAME=x']);
    expect(Config.Labels).to.deep.equal({
      ...{ team: 'web', 'lanyard.cluster': 'boxes', 'lanyard.discovery-port': '3999' },
      ...{ 'lanyard.group': 'compute', 'lanyard.replica': 'limits' },
    });
    await boxes.stop('limits', 0);
  });

  it('have names of their own as hosts on the network of the host, and the arguments of a slave', async () => {
    const script = `console.log(os.hostname(), os.networkInterfaces().lo[0].address, process.argv.slice(1).join(' ')); ${STAYS}`;
    const boxes = provider(script, { command: 'node /s.mjs', slaveOptions: ['--nice', '0'] });
    const ids = ['web-1', 'web_2.x'];
    await Promise.all(ids.map((id) => boxes.start({ id, group: 'web', environment: {} })));
    for (const [id, host] of [
      ['web-1', 'web-1'],
      ['web_2.x', 'web-2-x'],
    ] as const) {
      const said = `${host} 127.0.0.1 --serve web=http://127.0.0.1:0 --service-command node /s.mjs --nice 0`;
      await eventually(said, async () => (await logs(`lanyard-boxes-${id}`)).includes(said));
    }
    await Promise.all(ids.map((id) => boxes.stop(id, 0)));
  });

  it('that ended say how: exit code and last lines, without the lines of a stack', async () => {
    const boxes = provider('console.log("listening"); throw new Error("no port left")');
    await boxes.start({ id: 'ends', group: 'compute', environment: {} });
    const { detail } = await ended(boxes, 'ends');
    expect(detail).to.match(
      /^container [0-9a-f]{12} \(lanyard-boxes-ends\) ended with exit code 1: .*Error: no port left/,
    );
    expect(detail).not.to.contain(' at ');
    await boxes.stop('ends', 0);
  });

  it('that wrote nothing say that too', async () => {
    const boxes = provider('process.exit(3)');
    await boxes.start({ id: 'mute', group: 'compute', environment: {} });
    expect((await ended(boxes, 'mute')).detail).to.match(/ended with exit code 3, and wrote nothing$/);
    await boxes.stop('mute', 0);
  });

  it('that were killed for their memory say so', async () => {
    const script = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(1 << 24, 1)), 5)';
    const boxes = provider(script, { memoryBytes: 64 * 1024 ** 2, cpus: 0 });
    await boxes.start({ id: 'greedy', group: 'compute', environment: {} });
    expect((await ended(boxes, 'greedy')).detail).to.contain('needed more memory than its limit (exit code 137)');
    await boxes.stop('greedy', 0);
  });

  it('may take the time that they are given to end, and are killed after it', async () => {
    const boxes = provider(
      'process.on("SIGTERM", () => console.log("asked")); console.log("up"); setInterval(() => {}, 1000)',
    );
    await boxes.start({ id: 'stays', group: 'compute', environment: {} });
    await eventually('its handler', async () => (await logs('lanyard-boxes-stays')).includes('up'));
    const beginMs = performance.now();
    await boxes.stop('stays', 900.5);
    expect(performance.now() - beginMs).to.be.within(900, 8000);
    expect(await dockerd.containers()).to.be.empty;
  });

  it('end when they are asked to, even those that have no ear for it yet', async () => {
    const boxes = provider('console.log("up"); setInterval(() => {}, 1000)');
    await boxes.start({ id: 'deaf', group: 'compute', environment: {} });
    await eventually('its script', async () => (await logs('lanyard-boxes-deaf')).includes('up'));
    const beginMs = performance.now();
    await boxes.stop('deaf', 20_000);
    expect(performance.now() - beginMs).to.be.below(15_000);
  });

  it('whose command is not in the image say so', async () => {
    const boxes = provider('', { entrypoint: ['nodee'] });
    await boxes.start({ id: 'wrong', group: 'compute', environment: {} });
    expect((await ended(boxes, 'wrong')).detail).to.match(
      /exit code 127: .*exec nodee failed: No such file or directory/,
    );
    await boxes.stop('wrong', 0);
  });

  it('without an image tell how to come by it', async () => {
    const boxes = provider('', { image: 'lanyard-none:7' });
    const said = await boxes.start({ id: 'none', group: 'compute', environment: {} }).then(String, String);
    expect(said).to.contain('There is no image lanyard-none:7 on this machine. Build it');
  });

  it('whose name is taken tell who has it, and leave that one alone', async () => {
    const { id } = await dockerd.docker.createContainer({
      name: 'lanyard-boxes-taken',
      Image: IMAGE,
      Cmd: ['/bin/sh'],
    });
    const boxes = provider(STAYS);
    const said = await boxes.start({ id: 'taken', group: 'compute', environment: {} }).then(String, String);
    expect(said).to.contain('Remove it: docker rm -f lanyard-boxes-taken.');
    await boxes.stop('taken', 0);
    expect((await dockerd.containers()).map(({ Id }) => Id)).to.deep.equal([id]);
    await dockerd.docker.getContainer(id).remove();
  });

  it('of the smart grid are built on any base, and a substation listens where Prometheus finds it', async () => {
    const dockerfile = 'examples/smart-grid/Dockerfile';
    await buildImage(dockerd, dockerfile, { image: 'gateway:test', base: IMAGE, target: 'gateway' });
    await buildImage(dockerd, dockerfile, { image: 'substation:test', base: IMAGE });
    const { Config } = await dockerd.docker.getImage('gateway:test').inspect();
    expect(Config.Cmd).to.deep.equal(['node', 'gateway.mjs']);
    const options = { Env: ['LANYARD_INTERFACE=lo'], HostConfig: { NetworkMode: 'none' } };
    const box = await dockerd.docker.createContainer({ Image: 'substation:test', name: 'substation', ...options });
    await box.start();
    await eventually(
      'its service',
      async () => /listens at http:..0\.0\.0\.0:5001/.test(await logs('substation')),
      20_000,
    );
    await box.remove({ force: true });
  });

  it('are known by their labels, whoever made them, and those of other clusters are not', async () => {
    const labels = { 'lanyard.cluster': 'boxes', 'lanyard.discovery-port': '3999', 'lanyard.group': 'web' };
    const description = { name: 'by-hand', Image: IMAGE, Cmd: ['/bin/sh'] };
    await dockerd.docker.createContainer({ ...description, Labels: { ...labels, 'lanyard.replica': 'hand-1' } });
    const boxes = provider(STAYS);
    const others = provider(STAYS, {}, { ...PLACE, discoveryPort: 4000 });
    await others.start({ id: 'hand-1', group: 'web', environment: {} });
    const [found, ...more] = await boxes.list();
    expect([found?.id, found?.group, found?.state, more]).to.deep.equal(['hand-1', 'web', 'ended', []]);
    expect(found?.detail).to.match(/\(by-hand\) was made, but never started$/);
    await boxes.stop('hand-1', 0);
    expect(await boxes.list()).to.be.empty;
    expect((await others.list()).map(({ state }) => state)).to.deep.equal(['running']);
    await others.stop('hand-1', 0);
    expect(await dockerd.containers()).to.be.empty;
  });
});

const TEMPLATE: DockerTemplate = {
  ...{ service: 'http://127.0.0.1:0', command: undefined, maxConnections: undefined, healthPath: undefined },
  ...{ loadFrom: undefined, slaveOptions: [], environment: {}, image: IMAGE, entrypoint: [] },
  ...{ memoryBytes: 128 * 1024 ** 2, cpus: 0, labels: {}, network: 'host' },
};
