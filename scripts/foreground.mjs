// Programs that run together in the foreground of one command: all end on SIGINT, SIGTERM or SIGHUP, and when one ends that the
// others cannot do without.
// Plain node, no packages.
//
// Every program leads a process group of its own, so that Ctrl-C on a terminal reaches only this process, which passes on one
// SIGTERM. The price: should this process be killed with SIGKILL, the programs stay; their pids are printed, for `kill`.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const KILL_AFTER_MS = 10_000; // Prometheus writes down what it has; what is left after this is killed
const SECOND_SIGNAL_MS = 500; // a second signal later than this: kill at once

/**
 * One of the programs.
 * @typedef {object} Program
 * @property {string} name
 * @property {string} command
 * @property {readonly string[]} args
 * @property {Record<string, string>} [env] beside this process's own
 * @property {string} [cwd]
 * @property {(line: string) => void} [onLine] takes what it writes; without it that goes where this process writes
 */

/**
 * Starts the programs and exits when all have ended: with 0 after a signal, with 1 when one ended by itself that the others cannot
 * do without.
 * @param {readonly Program[]} programs
 * @param {object} [options]
 * @param {number} [options.killAfterMs] what has not ended so long after SIGTERM is killed
 * @param {(text: string, isFatal: boolean) => void} [options.say] takes what is to be said of ends
 * @param {(name: string, left: readonly string[]) => string | undefined} [options.without] what becomes of the others when one ends by
 *   itself, as the end of a sentence; undefined when they cannot go on
 * @returns {{ started: string, isStopping: () => boolean }} names and pids, to be printed
 */
export function runTogether(programs, options = {}) {
  const { killAfterMs = KILL_AFTER_MS, say = (text) => console.error(text), without = () => undefined } = options;
  const running = new Map();
  const groups = [];
  let stoppingSinceMs; // undefined while they should run
  let exitCode = 0;

  const signalAll = (pids, signal) => {
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
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
    signalAll(running.values(), 'SIGTERM');
    setTimeout(() => {
      say(`Killed after ${killAfterMs / 1000} s: ${[...running.keys()].join(', ')}.`, false);
      process.exit(exitCode);
    }, killAfterMs);
  };
  const ended = (name, how) => {
    if (!running.delete(name)) return;
    const left = [...running.keys()];
    if (stoppingSinceMs === undefined) {
      const goesOn = without(name, left);
      const otherwise = left.length > 0 ? `; stopping ${left.join(', ')}` : '';
      say(`${name} ${how}${goesOn ?? otherwise}.`, goesOn === undefined);
      if (goesOn === undefined) stop(1);
    }
    if (left.length === 0) process.exit(exitCode);
  };
  const start = ({ name, command, args, env, cwd, onLine }) => {
    const stdio = ['ignore', ...(onLine === undefined ? ['inherit', 'inherit'] : ['pipe', 'pipe'])];
    const child = spawn(command, args, { cwd, detached: true, stdio, env: { ...process.env, ...env } });
    running.set(name, child.pid);
    if (child.pid !== undefined) groups.push(-child.pid);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', onLine);
    }
    child.on('error', (error) => ended(name, `could not be started: ${error.message}`));
    child.on('close', (code, signal) => ended(name, signal ? `ended by ${signal}` : `exited with code ${code}`));
  };

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stoppingSinceMs ?? stop(0)); // no reader left
  process.on('exit', () => signalAll(groups, 'SIGKILL')); // nothing survives, also after an error in here
  programs.forEach(start);
  const started = [...running].map(([name, pid]) => `${name} (pid ${pid})`).join(', ');
  return { started, isStopping: () => stoppingSinceMs !== undefined };
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
