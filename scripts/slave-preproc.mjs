// `make slave_preproc`, on a host with slaves: a Prometheus that scrapes these slaves and no others, so that Grafana gets one data
// source per host. A monitor beside it finds the master by the UDP handshake and tells Prometheus where the slaves are. Variables,
// given to make or in the environment: LISTEN=host:port, TARGETS_PORT=port, INTERVAL=5s, ARGS="options of the monitor", MONITORING_DIR.
// Plain node, no packages; the monitor runs from dist/.
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { addressText, exitUnlessFree, localUrl } from './address.mjs';
import { runTogether } from './foreground.mjs';
import { readAddress, readInterval, settingsOrExit } from './make-variables.mjs';
import { configText, keepConfig, prometheusArguments, prometheusOrExit } from './prometheus.mjs';

const LOOPBACK = '127.0.0.1';
const MONITOR = path.resolve(import.meta.dirname, '../bin/monitor');

const { listen, list, intervalSeconds, further } = settingsOrExit(() => {
  const { LISTEN, TARGETS_PORT, INTERVAL, ARGS } = process.env;
  return {
    listen: readAddress('LISTEN', LISTEN || '0.0.0.0:9090'),
    list: readAddress('TARGETS_PORT', `${LOOPBACK}:${TARGETS_PORT || '9464'}`), // of slaves, by the monitor
    intervalSeconds: readInterval(INTERVAL),
    further: (ARGS ?? '').split(/\s+/).filter(Boolean),
  };
});

/** Own IPv4 addresses: at one of them the master reaches a slave of this host. */
function ownAddresses() {
  const all = Object.values(networkInterfaces()).flat();
  return [...new Set(all.filter(({ family }) => family === 'IPv4').map(({ address }) => address))];
}

const hosts = ownAddresses();
const query = hosts.map((host) => `host=${host}`).join('&');
const targets = `http://${addressText(list)}/prometheus/targets?${query}`;
const place = keepConfig('slave_preproc', listen.port, configText({ targets, intervalSeconds }));
const program = prometheusOrExit('slave_preproc', place.shown);
if (!existsSync(MONITOR)) {
  console.error('There is no bin/monitor here, which says where the slaves are: this copy of Lanyard is not complete.');
  process.exit(1);
}
await exitUnlessFree(listen, {
  inUse: `Is it another Prometheus? Or choose another port: make slave_preproc LISTEN=0.0.0.0:${listen.port + 1}, then ./monitor --slave-prometheus-port ${listen.port + 1} on all hosts alike`,
  otherwise: 'LISTEN is an address of this machine and a port, such as 0.0.0.0:9090',
});
await exitUnlessFree(list, {
  inUse: `The list of slaves needs a port of its own: make slave_preproc TARGETS_PORT=${list.port + 1}`,
  otherwise: 'TARGETS_PORT is a port that you may use, such as 9464',
});

const options = ['--grafana-url', 'off', '--targets-host', LOOPBACK, '--targets-port', `${list.port}`, ...further];
const args = prometheusArguments({ ...place, listen: addressText(listen) });
const { started } = runTogether([
  { name: 'monitor', command: process.execPath, args: [MONITOR, ...options] },
  { name: 'prometheus', command: program, args },
]);
console.log(`Open ${localUrl(listen)}/targets
Started ${started} with ${place.shown}, for the slaves at ${hosts.join(', ')}. Ctrl-C stops both.`);
if (['0.0.0.0', '::'].includes(listen.host)) {
  const urls = hosts.filter((host) => !host.startsWith('127.')).map((host) => `http://${host}:${listen.port}`);
  console.log(`Grafana's host must reach one of: ${urls.join(', ')}. Prometheus asks nobody for a password.`);
}
