// What people say to make: `make monitoring MASTER=host:port`. Make puts variables of its command line into the environment of what
// it runs, so that no shell reads them. Plain node, no packages.
import path from 'node:path';

/**
 * What `read` returns; when it throws, its sentence is printed and the exit code is 2.
 * @template T
 * @param {() => T} read
 * @returns {T}
 */
export function settingsOrExit(read) {
  try {
    return read();
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

/**
 * Reads `host:port`; the port may be left out when there is a default. Throws a sentence that says what was expected.
 * @param {string} name of the variable, for the message
 * @param {string} text
 * @param {number} [defaultPort]
 * @returns {{ host: string, port: number }} host without brackets
 */
export function readAddress(name, text, defaultPort) {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port === undefined || port < 1 || port > 65535) {
    throw new Error(`${name} is host:port, such as 127.0.0.1:${defaultPort ?? 9090}; it was ${text}`);
  }
  return { host, port };
}

/**
 * INTERVAL: how often Prometheus scrapes and asks for slaves.
 * @param {string} [text]
 * @returns {number} seconds
 */
export function readInterval(text = '') {
  const [, seconds] = /^([1-9]\d{0,3})s$/.exec(text || '5s') ?? [];
  if (seconds === undefined) throw new Error(`INTERVAL is a number of seconds, such as 5s; it was ${text}`);
  return Number(seconds);
}

/**
 * Where configuration and data are kept: monitoring/ at the root, unless MONITORING_DIR says otherwise.
 * @returns {string}
 */
export function monitoringFolder() {
  return path.resolve(import.meta.dirname, '..', process.env.MONITORING_DIR || 'monitoring');
}
