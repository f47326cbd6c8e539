// What it costs to end replicas that are processes, and what becomes of the files in which they wrote: with a stand-in for ./slave.
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ProcessProvider, readProcessTemplate } from '../../../../src/master/autoscale/process-provider.ts';
import { allProcesses } from '../../../../src/master/autoscale/process-table.ts';
import type { ClusterPlace } from '../../../../src/master/autoscale/provider.ts';
import { ReplicaLogs } from '../../../../src/master/autoscale/replica-logs.ts';
import { TemplateFields } from '../../../../src/master/autoscale/template-fields.ts';
import { ROOT } from '../../../support/node-process.ts';
import { eventually } from '../../../support/wait.ts';

const COUNT = 3;

describe('replicas that are processes', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-stops-'));
  const place = { cluster: `stops-${process.pid}`, discoveryPort: 1 };
  let reads = 0;

  const newProvider = (of: ClusterPlace = place): ProcessProvider => {
    const file = path.join(folder, 'web.json');
    writeFileSync(file, JSON.stringify({ command: 'true' }));
    const template = readProcessTemplate(new TemplateFields(file), 'web');
    const launcher = [process.execPath, path.join(ROOT, 'test/support/stub-slave.mjs')];
    const read = (): ReturnType<typeof allProcesses> => {
      reads++;
      return allProcesses();
    };
    return new ProcessProvider({ place: of, template, launcher, read });
  };
  const start = async (provider: ProcessProvider): Promise<string[]> => {
    const ids = Array.from({ length: COUNT }, (_, n) => `web-${n}`);
    const started = (id: string): string => path.join(folder, `${id}.started`);
    for (const id of ids) rmSync(started(id), { force: true });
    for (const id of ids) await provider.start({ id, group: 'web', environment: { STARTED_FILE: started(id) } });
    await eventually('all of them', () => Promise.resolve(ids.every((id) => existsSync(started(id)))));
    reads = 0;
    return ids;
  };

  after(async () => {
    const provider = newProvider();
    for (const { id } of await provider.list()) await provider.stop(id, 0);
    rmSync(folder, { recursive: true });
  });

  it('of this master end without a look at the table of processes', async () => {
    const provider = newProvider();
    const ids = await start(provider);
    await Promise.all(ids.map((id) => provider.stop(id, 10_000)));
    expect(reads).to.equal(0);
    expect(await provider.list()).to.deep.equal([]);
  });

  it('of another master end with one look for all of them', async () => {
    const ids = await start(newProvider());
    const other = newProvider();
    await Promise.all(ids.map((id) => other.stop(id, 10_000)));
    expect(reads).to.be.at.most(2);
    expect(await other.list()).to.deep.equal([]);
  });

  it('of a cluster on other interfaces are not seen', async () => {
    const ids = await start(newProvider());
    const other = newProvider({ ...place, interfaces: ['lo'] });
    expect(await other.list()).to.deep.equal([]);
    await other.stop(ids[0]!, 0);
    const provider = newProvider();
    expect(await provider.list()).to.have.lengthOf(COUNT);
    await Promise.all(ids.map((id) => provider.stop(id, 10_000)));
  });

  it('of a cluster on other interfaces keep their files', async () => {
    const logs = new ReplicaLogs(place);
    mkdirSync(path.dirname(logs.fileOf('theirs')), { recursive: true, mode: 0o700 });
    writeFileSync(logs.fileOf('theirs'), '');
    utimesSync(logs.fileOf('theirs'), 1, 1);
    await new ReplicaLogs({ ...place, interfaces: ['lo'] }).sweep(new Set(), Date.now());
    expect(existsSync(logs.fileOf('theirs'))).to.equal(true);
    await logs.remove('theirs');
  });

  it('keep a file that is younger than the list of those that are there', async () => {
    const logs = new ReplicaLogs(place);
    for (const id of ['old', 'young']) {
      mkdirSync(path.dirname(logs.fileOf(id)), { recursive: true, mode: 0o700 });
      writeFileSync(logs.fileOf(id), '');
    }
    utimesSync(logs.fileOf('old'), 1, 1);
    await logs.sweep(new Set(), Date.now() - 60_000);
    expect([existsSync(logs.fileOf('old')), existsSync(logs.fileOf('young'))]).to.deep.equal([false, true]);
    await logs.remove('young');
  });
});
