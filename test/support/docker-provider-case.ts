// The Docker provider, as the conformance suite of providers sees it: containers of a stand-in for ./slave.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ContainerInfo } from 'dockerode';
import { DockerProvider } from '../../src/master/autoscale/docker-provider.ts';
import { readDockerTemplate } from '../../src/master/autoscale/docker-template.ts';
import { TemplateFields } from '../../src/master/autoscale/template-fields.ts';
import { startDockerd, whyNoDocker, type Dockerd } from './docker.ts';
import { IMAGE, importImage } from './docker-image.ts';
import { ROOT } from './node-process.ts';
import type { Behaviour, ProviderCase, ProviderUnderTest } from './provider-cases.ts';

const STUB = '/lanyard/stub-slave.mjs';
/** Where the stand-in writes how it was started. */
const STARTED = '/tmp/started';

export class DockerCase implements ProviderCase {
  readonly name = 'docker';
  readonly whyNot = whyNoDocker();
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'lanyard-provider-'));
  #dockerd: Dockerd | undefined;

  async open(cluster: string, behaviour: Behaviour): Promise<ProviderUnderTest> {
    const dockerd = await this.#daemon();
    const file = path.join(this.#folder, `${behaviour}.json`);
    const environment = { BEHAVIOUR: behaviour, STARTED_FILE: STARTED };
    writeFileSync(file, JSON.stringify({ image: IMAGE, command: 'true', entrypoint: ['node', STUB], environment }));
    const template = readDockerTemplate(new TemplateFields(file), 'web');
    const place = { cluster, discoveryPort: 1 };
    return {
      provider: new DockerProvider({ place, template, dockerHost: dockerd.host }),
      environmentOf: (id) => environmentOf(dockerd, id),
      isAlive: async (id) => (await boxOf(dockerd, id))?.State === 'running',
      crash: async (id) => {
        const box = await boxOf(dockerd, id);
        if (box !== undefined) await dockerd.docker.getContainer(box.Id).kill();
      },
    };
  }

  async close(): Promise<void> {
    await this.#dockerd?.end();
    rmSync(this.#folder, { recursive: true });
  }

  async #daemon(): Promise<Dockerd> {
    if (this.#dockerd === undefined) {
      this.#dockerd = await startDockerd();
      await importImage(this.#dockerd, { [STUB]: path.join(ROOT, 'test/support/stub-slave.mjs') });
    }
    return this.#dockerd;
  }
}

async function boxOf(dockerd: Dockerd, id: string): Promise<ContainerInfo | undefined> {
  return (await dockerd.containers()).find(({ Labels }) => Labels['lanyard.replica'] === id);
}

/** As the stand-in found it, read from the file system of its container. */
async function environmentOf(dockerd: Dockerd, id: string): Promise<Readonly<Record<string, string>> | undefined> {
  const box = await boxOf(dockerd, id);
  if (box === undefined) return undefined;
  try {
    let tar = '';
    const archive = await dockerd.docker.getContainer(box.Id).getArchive({ path: STARTED });
    for await (const piece of archive) tar += piece.toString();
    const json = tar.slice(tar.indexOf('{'), tar.lastIndexOf('}') + 1);
    return (JSON.parse(json) as { env: Readonly<Record<string, string>> }).env;
  } catch {
    return undefined; // it has not written it yet
  }
}
