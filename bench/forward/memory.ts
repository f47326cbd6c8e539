// 1 GiB through a master of its own, down and up: the largest resident size it came to.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMaster } from '../../test/support/cluster.ts';
import { pour } from '../../test/support/forward-door.ts';

const MEBIBYTES = 1024;

export async function measureMemory(): Promise<void> {
  const service = http.createServer((request, response) => {
    if (request.method === 'GET') pour(response, MEBIBYTES, () => response.end());
    else request.resume().on('end', () => response.end());
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  const master = await startMaster({ args: ['--backend', `big=http://127.0.0.1:${port.toString()}`] });
  const url = `${master.url}/services/big/`;
  await get(url.replace('/services/big/', '/ok'));
  console.log(`${MEBIBYTES.toString()} MiB through the master: its largest resident size so far`);
  show('at first', master.pid, 0);
  const down = performance.now();
  await get(url);
  show('after a response', master.pid, performance.now() - down);
  const up = performance.now();
  const upload = http.request(url, { method: 'PUT', agent: false });
  pour(upload, MEBIBYTES, () => upload.end());
  await once(upload, 'response');
  show('after a request', master.pid, performance.now() - up);
  service.close();
}

async function get(url: string): Promise<void> {
  const [response] = (await once(http.get(url, { agent: false }), 'response')) as [http.IncomingMessage];
  await once(response.resume(), 'end');
}

function show(what: string, pid: number, ms: number): void {
  const kilobytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid.toString()}/status`, 'utf8'))?.[1]);
  const speed = ms === 0 ? '' : `, ${((MEBIBYTES * 1000) / ms).toFixed(0)} MiB/s`;
  console.log(`  ${what.padEnd(24)}${(kilobytes / 1024).toFixed(0).padStart(5)} MiB${speed}`);
}
