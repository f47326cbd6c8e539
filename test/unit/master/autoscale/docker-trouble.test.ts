// What is said when Docker is not there, hangs, or refuses: by sockets that behave so.
import { existsSync, linkSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { LanyardError } from '../../../../src/common/errors.ts';
import { DockerProvider } from '../../../../src/master/autoscale/docker-provider.ts';
import type { DockerTemplate } from '../../../../src/master/autoscale/docker-template.ts';
import { dockerTrouble } from '../../../../src/master/autoscale/docker-trouble.ts';

const TEMPLATE: DockerTemplate = {
  ...{ service: 'http://127.0.0.1:0', command: 'node server.mjs' },
  ...{ maxConnections: undefined, healthPath: undefined, loadFrom: undefined, slaveOptions: [], environment: {} },
  ...{ image: 'web:1', entrypoint: [], memoryBytes: 0, cpus: 0, labels: {}, network: 'host' },
};
const PLACE = { cluster: 'test', discoveryPort: 3000 };
const ORDER = { id: 'web-1', group: 'web', environment: {} };
/** For a daemon that answers. */
const AMPLE_MS = { call: 10_000, make: 10_000, end: 10_000 };
/** For one that does not. */
const SHORT_MS = { call: 150, make: 150, end: 150 };

describe('Trouble with Docker', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-no-docker-'));
  const socket = path.join(folder, 'docker.sock');
  const opened: net.Server[] = [];
  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => {
    for (const server of opened.splice(0)) {
      server.close();
      if (server instanceof http.Server) server.closeAllConnections();
    }
    expect(existsSync(socket)).to.be.false;
  });

  const provider = (dockerHost = `unix://${socket}`, limitsMs = AMPLE_MS): DockerProvider =>
    new DockerProvider({ place: PLACE, template: TEMPLATE, dockerHost, limitsMs });
  const impatient = (): DockerProvider => provider(undefined, SHORT_MS);
  const said = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'no trouble',
      (error: unknown) => (error instanceof LanyardError ? error.message : `not a sentence: ${String(error)}`),
    );
  /** A daemon that does this with every connection or request. */
  const opens = async (server: net.Server): Promise<void> => {
    opened.push(server);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  };
  const daemon = (answer: http.RequestListener): Promise<void> => opens(http.createServer(answer));
  const refusal = (statusCode: number, message: string): Promise<void> =>
    daemon((_, response) =>
      response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify({ message })),
    );

  it('says that there is no daemon, and how to start it', async () => {
    const sentence = `No Docker runs here: there is no socket ${socket}. Start it (systemctl start docker), or another socket is set`;
    expect(await said(provider().list())).to.contain(sentence);
  });

  it('says that the daemon has ended that left its socket', async () => {
    const server = net.createServer();
    await opens(server);
    const left = path.join(folder, 'left.sock');
    linkSync(socket, left);
    await new Promise((resolve) => server.close(resolve));
    expect(await said(provider(`unix://${left}`).list())).to.contain(`Docker has ended: nobody listens at ${left}.`);
  });

  it('says who may not use the socket, and what to do about it', () => {
    const error = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    const { message } = dockerTrouble(error, {
      doing: 'listing containers',
      address: '/var/run/docker.sock',
      limitMs: 1,
    });
    expect(message).to.match(
      /^\S+ may not use Docker's socket \/var\/run\/docker\.sock\. Run "sudo usermod -aG docker \S+"/,
    );
  });

  it('gives up a daemon that hangs', async () => {
    await opens(net.createServer(() => undefined));
    for (const call of [impatient().list(), impatient().start(ORDER), impatient().stop('web-1', 0)])
      expect(await said(call)).to.match(/did not answer within 0\.15 s while (listing|making).*"docker info"/);
  });

  it('gives up a daemon whose answer does not end', async () => {
    await daemon((_, response) => response.writeHead(200).write('[{'));
    expect(await said(impatient().list())).to.contain('did not answer within 0.15 s while listing containers');
  });

  it('says that it closed the connection', async () => {
    await opens(net.createServer((connection) => connection.destroy()));
    expect(await said(provider().list())).to.match(/closed the connection while listing containers\. See its log/);
  });

  it('knows what is not Docker', async () => {
    await opens(
      net.createServer((connection) => connection.on('error', () => undefined).write('SSH-2.0-OpenSSH_9.2\r\n')),
    );
    expect(await said(provider().list())).to.contain(`What answers at ${socket} is not Docker.`);
  });

  it('knows a web server that is not Docker', async () => {
    await daemon((_, response) => response.end('<html>'));
    expect(await said(provider().list())).to.contain(`What answers at ${socket} is not Docker.`);
  });

  it('says how to come by an image that is missing', async () => {
    await refusal(404, 'No such image: web:1');
    expect(await said(provider().start(ORDER))).to.match(
      /no image web:1 on this machine\. Build it \(docker build -t web:1 .*or fetch it \(docker pull web:1\)/,
    );
  });

  it('says which container has the name', async () => {
    await refusal(409, 'Conflict. The container name "/lanyard-test-web-1" is already in use by container "a1".');
    expect(await said(provider().start(ORDER))).to.match(/Remove it: docker rm -f lanyard-test-web-1\./);
  });

  it('passes on in one line what else it says', async () => {
    await refusal(500, 'driver failed:\n  no space left on device\n');
    expect(await said(provider().start(ORDER))).to.equal(
      'Docker refused while making the container lanyard-test-web-1: driver failed: no space left on device.',
    );
  });

  it('removes a container that was made and could not be started', async () => {
    const asked: string[] = [];
    await daemon(({ method = '', url = '' }, response) => {
      asked.push(`${method} ${url.replace(/\?.*/, '')}`);
      if (url.includes('/create')) response.writeHead(201).end('{"Id": "c1"}');
      else if (url.includes('/start'))
        response.writeHead(400).end('{"message": "exec: \\"nodee\\": executable file not found in $PATH"}');
      else response.writeHead(204).end();
    });
    expect(await said(provider().start(ORDER))).to.match(/^The image web:1 cannot run its command: exec: "nodee"/);
    expect(asked).to.deep.equal(['POST /containers/create', 'POST /containers/c1/start', 'DELETE /containers/c1']);
  });

  /** The only container, in this state. */
  const containers = (State: string): string =>
    JSON.stringify([
      { Id: 'c1', State, Names: ['/x'], Labels: { 'lanyard.replica': 'web-1', 'lanyard.group': 'web' } },
    ]);

  for (const [what, stopping, removing] of [
    ['is gone meanwhile', 404, 404],
    ['ended meanwhile', 304, 204],
    ['is being removed already', 204, 409],
  ] as const) {
    it(`stops one that ${what} without a word`, async () => {
      const asked: string[] = [];
      await daemon(({ method = '', url = '' }, response) => {
        asked.push(method);
        if (url.includes('/containers/json')) response.end(containers('running'));
        else response.writeHead(url.includes('/stop') ? stopping : removing).end();
      });
      await provider().stop('web-1', 0);
      expect(asked).to.deep.equal(['GET', 'POST', 'DELETE']);
    });
  }

  it('says what keeps one from being stopped', async () => {
    await daemon(({ url = '' }, response) => {
      if (url.includes('/containers/json')) response.end(containers('running'));
      else response.writeHead(500).end('{"message": "device busy"}');
    });
    expect(await said(provider().stop('web-1', 0))).to.equal(
      'Docker refused while stopping the container c1: device busy.',
    );
  });

  it('takes a container that is made and about to be started for no ended one', async () => {
    let onHeld: (response: http.ServerResponse) => void;
    const held = new Promise<http.ServerResponse>((resolve) => (onHeld = resolve));
    await daemon(({ url = '' }, response) => {
      if (url.includes('/create')) response.writeHead(201).end('{"Id": "c1"}');
      else if (url.includes('/start')) onHeld(response);
      else response.end(containers('created'));
    });
    const boxes = provider();
    const starting = boxes.start(ORDER);
    const response = await held;
    expect((await boxes.list()).map(({ state }) => state)).to.deep.equal(['running']);
    response.writeHead(204).end();
    await starting;
    expect((await boxes.list()).map(({ state }) => state)).to.deep.equal(['ended']);
  });

  it('asks once how a container ended, and again only if it was not told', async () => {
    let asked = 0;
    await daemon(({ url = '' }, response) => {
      if (url.includes('/containers/json')) response.end(containers('exited'));
      else if (url.includes('/logs')) response.end();
      else if (++asked === 1) response.writeHead(500).end('{"message": "busy"}');
      else response.end('{"State": {"Status": "exited", "OOMKilled": false, "ExitCode": 7, "Error": ""}}');
    });
    const boxes = provider();
    const details: string[] = [];
    for (let i = 0; i < 3; i++) details.push((await boxes.list())[0]!.detail.replace(/^.*\) /, ''));
    const told = 'ended with exit code 7, and wrote nothing';
    expect(details).to.deep.equal(['ended, and Docker does not say how', told, told]);
    expect(asked).to.equal(2);
  });

  for (const dockerHost of ['ssh://host', 'unix://relative', 'docker.sock', 'npipe:////./pipe/x']) {
    it(`refuses DOCKER_HOST=${dockerHost}`, () => {
      expect(() => provider(dockerHost)).to.throw(`DOCKER_HOST is "${dockerHost}": expected unix:///path`);
    });
  }
});
