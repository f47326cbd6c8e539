// `make monitor_preproc`, on the monitor's host: Grafana in the foreground where it is installed, how to get it where it is not, and
// what comes next. It uses the configuration of Grafana as a service where it may read it, and keeps data of its own in
// monitoring/grafana/. Variables: LISTEN=host:port, MONITORING_DIR. Plain node, no packages.
import * as fs from 'node:fs';
import path from 'node:path';
import { exitUnlessFree, localUrl, whyNotFree } from './address.mjs';
import { ask } from './ask.mjs';
import { findProgram, runTogether } from './foreground.mjs';
import { monitoringFolder, readAddress, settingsOrExit } from './make-variables.mjs';

const HOMES = ['/usr/share/grafana', '/usr/local/share/grafana', '/opt/homebrew/share/grafana'];
const PACKAGE_BIN = '/usr/share/grafana/bin'; // of Debian's and Red Hat's packages
const WRAPPERS = '/usr/sbin'; // their scripts around it, with paths of the service
const SERVICE_CONFIG = '/etc/grafana/grafana.ini';
const SERVICE_PROVISIONING = '/etc/grafana/provisioning';
const ANSWER_MS = 2000;

const listen = settingsOrExit(() => readAddress('LISTEN', process.env.LISTEN || '127.0.0.1:3000'));
const url = localUrl(listen);

const NEXT = `Next:
  1. Open ${url}/ and log in; a new Grafana knows admin with the password admin and asks for a better one.
  2. Administration → Users and access → Service accounts: add one with the role Admin, and a token for it.
  3. ./monitor <token>${listen.port === 3000 ? '' : ` --grafana-url ${url}`}`;

const GET_IT = `There is no Grafana on the PATH or in ${PACKAGE_BIN}: get it from https://grafana.com/grafana/download
or run it with Prometheus in containers: GRAFANA_ADMIN_PASSWORD=<choose one> docker compose -f deploy/compose.yml up`;

/** Whether a Grafana answers there already, such as the service. */
async function isGrafana() {
  try {
    const { text } = await ask(`${url}/api/health`, ANSWER_MS);
    return typeof JSON.parse(text).database === 'string';
  } catch {
    return false;
  }
}

function findGrafana() {
  const found = findProgram(['grafana', 'grafana-server'], [PACKAGE_BIN, WRAPPERS]);
  if (found === undefined || path.dirname(found) !== WRAPPERS) return found;
  const wrapped = path.join(PACKAGE_BIN, path.basename(found));
  return fs.existsSync(wrapped) ? wrapped : found;
}

/** The folder with Grafana's conf/ and public/; undefined when it is not where it should be, and Grafana has to know. */
function homeOf(program) {
  const own = path.dirname(path.dirname(fs.realpathSync(program)));
  return [own, ...HOMES].find((folder) => fs.existsSync(path.join(folder, 'conf/defaults.ini')));
}

function isReadable(file) {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function grafanaArguments(program, data) {
  const home = homeOf(program);
  return [
    ...(path.basename(program) === 'grafana' ? ['server'] : []),
    ...(home === undefined ? [] : ['--homepath', home]),
    ...(isReadable(SERVICE_CONFIG) ? ['--config', SERVICE_CONFIG] : []),
    ...(isReadable(SERVICE_PROVISIONING) ? [`cfg:default.paths.provisioning=${SERVICE_PROVISIONING}`] : []),
    `cfg:default.paths.data=${data}`,
    `cfg:default.paths.logs=${path.join(data, 'log')}`,
    `cfg:default.paths.plugins=${path.join(data, 'plugins')}`,
    'cfg:default.log.level=warn',
  ];
}

if ((await whyNotFree(listen)) === 'EADDRINUSE' && (await isGrafana())) {
  console.log(`Grafana answers at ${url} already: there is nothing to start.\n${NEXT}`);
  process.exit(0);
}
const program = findGrafana();
if (program === undefined) {
  console.error(GET_IT);
  process.exit(1);
}
await exitUnlessFree(listen, {
  inUse: `It does not answer like Grafana. Choose another port: make monitor_preproc LISTEN=127.0.0.1:${listen.port + 1}`,
  otherwise: 'LISTEN is an address of this machine and a port, such as 127.0.0.1:3000',
});
const data = path.join(monitoringFolder(), 'grafana');
fs.mkdirSync(data, { recursive: true });
const env = { GF_SERVER_HTTP_ADDR: listen.host, GF_SERVER_HTTP_PORT: `${listen.port}` };
const { started } = runTogether([{ name: 'grafana', command: program, args: grafanaArguments(program, data), env }]);
console.log(`Started ${started}; its data are in ${data}. Ctrl-C stops it.\n${NEXT}`);
