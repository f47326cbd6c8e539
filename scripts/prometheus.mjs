// What the make targets that start Prometheus share: its configuration, where that is kept, how the program is found and called.
// Plain node, no packages; what scripts need of each other has JSDoc types, for tests.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { findProgram } from './foreground.mjs';
import { monitoringFolder } from './make-variables.mjs';

/** What is kept is bounded: the older of both limits counts. */
const KEPT = ['--storage.tsdb.retention.time=15d', '--storage.tsdb.retention.size=2GB'];
const USUAL_PORT = 9090;
const SEAL = /^# Written by make \w+; .* Checksum: ([0-9a-f]{16})\n/;

/**
 * The configuration, without the comment that `writeConfig` puts above it.
 * @param {object} options
 * @param {string} [options.master] `host:port` of the master's HTTP door; without it only slaves are scraped
 * @param {string} [options.cluster] the label that the master's series get
 * @param {string} options.targets where Prometheus asks for slaves: `GET /prometheus/targets` of a master or monitor
 * @param {number} [options.intervalSeconds] between two scrapes, and between two questions for slaves
 * @returns {string} YAML
 */
export function configText({ master, cluster = 'lanyard', targets, intervalSeconds = 5 }) {
  const masterJob = [
    '  - job_name: lanyard-master',
    '    static_configs:',
    `      - { targets: [${quoted(master ?? '')}], labels: { cluster: ${quoted(cluster)} } }`,
  ];
  const lines = [
    'global:',
    `  scrape_interval: ${intervalSeconds}s`,
    'scrape_configs:',
    ...(master === undefined ? [] : masterJob),
    '  - job_name: lanyard-slaves',
    '    http_sd_configs:',
    `      - { url: ${quoted(targets)}, refresh_interval: ${intervalSeconds}s }`,
  ];
  return `${lines.join('\n')}\n`;
}

/** A YAML scalar that is this text whatever it contains. */
function quoted(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Writes the configuration with a checksum in its first line, unless the file there is not as it was once written here: what somebody
 * edited is never overwritten.
 * @param {string} file
 * @param {string} target the make target that writes it
 * @param {string} text of `configText`
 * @returns {'written' | 'unchanged' | 'edited'} the last: the file was left alone
 */
export function writeConfig(file, target, text) {
  const wanted = `# Written by make ${target}; edit it and it stays as you left it. Checksum: ${checksum(text)}\n${text}`;
  const there = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
  if (there === wanted) return 'unchanged';
  if (there !== undefined && !isAsWritten(there)) return 'edited';
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, wanted);
  return 'written';
}

function isAsWritten(text) {
  const [head, sum] = SEAL.exec(text) ?? [];
  return head !== undefined && sum === checksum(text.slice(head.length));
}

function checksum(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * Command-line options of Prometheus. Its log is quiet unless something is wrong.
 * @param {{ config: string, data: string, listen: string }} options file, folder, and `host:port`
 * @returns {string[]}
 */
export function prometheusArguments({ config, data, listen }) {
  return [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    ...KEPT,
    `--web.listen-address=${listen}`,
    '--log.level=warn',
  ];
}

/**
 * Below which folder a Prometheus keeps its files. Unless the user chose a folder, each port but the usual one has its own: two
 * that write into one database do not notice.
 * @param {string} target
 * @param {number} port
 * @param {string} [chosen] MONITORING_DIR
 * @returns {string}
 */
export function ownFolder(target, port, chosen) {
  return path.join(target === 'monitoring' ? '' : target, chosen || port === USUAL_PORT ? '' : `${port}`);
}

/**
 * Writes the configuration of a make target below `monitoring/`, and says so when it was edited and is left alone.
 * @param {string} target the make target
 * @param {number} port at which this Prometheus listens
 * @param {string} text of `configText`
 * @returns {{ config: string, data: string, shown: string, edited: boolean }} the file, the folder for data, the file as people read it
 */
export function keepConfig(target, port, text) {
  const folder = path.join(monitoringFolder(), ownFolder(target, port, process.env.MONITORING_DIR));
  const config = path.join(folder, 'prometheus.yml');
  const relative = path.relative(process.cwd(), config);
  const shown = relative.startsWith('..') ? config : relative;
  const edited = writeConfig(config, target, text) === 'edited';
  if (edited) console.log(`${shown} was edited and is used as it is. Delete it to have it written anew.`);
  return { config, data: path.join(folder, 'data'), shown, edited };
}

/**
 * The path of prometheus; without one, says in two lines how to get it and where its configuration is, and exits with code 1.
 * @param {string} target the make target to type again
 * @param {string} shown the configuration as people read it
 * @returns {string}
 */
export function prometheusOrExit(target, shown) {
  const program = findProgram(['prometheus']);
  if (program !== undefined) return program;
  console.error(`There is no prometheus on the PATH: apt install prometheus (Debian, Ubuntu), or https://prometheus.io/download/
Its configuration is in ${shown}: run make ${target} again, or give the file to a Prometheus that you have.`);
  process.exit(1);
}
