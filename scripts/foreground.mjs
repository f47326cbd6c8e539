// Programs that run together in the foreground of one command: all end on SIGINT, SIGTERM or SIGHUP, and when one of them does.
// Plain node, no packages.
//
// Every program leads a process group of its own, so that Ctrl-C on a terminal reaches only this process, which passes on one
// SIGTERM. The price: should this process be killed with SIGKILL, the programs stay; their pids are printed, for `kill`.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';

const KILL_AFTER_MS = 10_000; // Prometheus writes down what it has; what is left after this is killed
const SECOND_SIGNAL_MS = 500; // a second signal later than this: kill at once

/**
 * Starts the programs and exits when all have ended: with 0 after a signal, with 1 when one ended by itself.
 * @param {readonly { name: string, command: string, args: readonly string[], env?: Record<string, string>, cwd?: string }[]} programs
 * @returns {string} their names and pids, to be printed
 */
export function runTogether(programs) {
  const running = new Map();
  let stoppingSinceMs; // undefined while they should run
  let exitCode = 0;

  const signalAll = (signal, wholeGroup) => {
    for (const { pid } of running.values()) {
      try {
        if (pid) process.kill(wholeGroup ? -pid : pid, signal);
      } catch {
        // already gone
      }
    }
  };
  const stop = (code) => {
    if (stoppingSinceMs !== undefined) {
      if (Date.now() - stoppingSinceMs > SECOND_SIGNAL_MS) process.exit(exitCode);
      return;
    }
    stoppingSinceMs = Date.now();
    exitCode = code;
    signalAll('SIGTERM', false);
    setTimeout(() => {
      console.error(`Killed after ${KILL_AFTER_MS / 1000} s: ${[...running.keys()].join(', ')}.`);
      process.exit(exitCode);
    }, KILL_AFTER_MS);
  };
  const ended = (name, how) => {
    if (!running.delete(name)) return;
    if (stoppingSinceMs === undefined) {
      console.error(`${name} ${how}${running.size > 0 ? `; stopping ${[...running.keys()].join(', ')}` : ''}.`);
      stop(1);
    }
    if (running.size === 0) process.exit(exitCode);
  };

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop(0)); // no reader left
  process.on('exit', () => signalAll('SIGKILL', true)); // nothing survives, also after an error in here
  for (const { name, command, args, env, cwd } of programs) {
    const stdio = ['ignore', 'inherit', 'inherit'];
    const child = spawn(command, args, { cwd, detached: true, stdio, env: { ...process.env, ...env } });
    running.set(name, child);
    child.on('error', (error) => ended(name, `could not be started: ${error.message}`));
    child.on('close', (code, signal) => ended(name, signal ? `ended by ${signal}` : `exited with code ${code}`));
  }
  return [...running].map(([name, { pid }]) => `${name} (pid ${pid})`).join(', ');
}

/**
 * The first of these programs that can be run: on the PATH, then in `folders`.
 * @param {readonly string[]} names
 * @param {readonly string[]} [folders]
 * @returns {string | undefined} its path
 */
export function findProgram(names, folders = []) {
  const places = [...(process.env.PATH ?? '').split(path.delimiter).filter(Boolean), ...folders];
  const files = names.flatMap((name) => places.map((folder) => path.resolve(folder, name)));
  return files.find((file) => {
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return fs.statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
