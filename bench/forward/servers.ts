// HAProxy and node workers, each a process of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freeTcpPort } from '../../test/support/ports.ts';
import { eventually } from '../../test/support/wait.ts';

export interface Server {
  readonly port: number;
  readonly pid: number;
  readonly child: ChildProcess;
  readonly clear?: () => void;
}

/** Answers a constant. */
export async function startWorker(): Promise<Server> {
  const script = path.join(import.meta.dirname, '..', 'constant-server.mjs');
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(line), pid: child.pid ?? 0, child };
}

/** With kept and shared connections to the workers, as it does best. */
export async function startHaproxy(workers: readonly number[]): Promise<Server> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-bench-'));
  const port = await freeTcpPort();
  const file = path.join(folder, 'haproxy.cfg');
  writeFileSync(file, haproxyConfig(port, workers));
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  await eventually('haproxy listens', () => canConnect(port));
  return { port, pid: child.pid ?? 0, child, clear: () => rmSync(folder, { recursive: true }) };
}

function haproxyConfig(port: number, workers: readonly number[]): string {
  const servers = workers.map((worker, i) => `  server w${i.toString()} 127.0.0.1:${worker.toString()}`);
  return `global
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  option forwardfor
  http-reuse always
frontend front
  bind 127.0.0.1:${port.toString()}
  default_backend back
backend back
  balance leastconn
${servers.join('\n')}
`;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const say = (can: boolean) => () => {
      socket.destroy();
      resolve(can);
    };
    socket.once('connect', say(true)).once('error', say(false));
  });
}

/** Ends it, by its pid. */
export async function ended({ child, clear }: Server): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill();
    await exit;
  }
  clear?.();
}
