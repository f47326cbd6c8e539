// `make monitoring`: writes a configuration with which Prometheus finds master and slaves by itself, and runs Prometheus in the
// foreground. Variables, given to make or in the environment: MASTER=host:port, CLUSTER=name, LISTEN=host:port, INTERVAL=5s,
// TARGETS=<url> for the monitor's list of slaves instead of the master's, MONITORING_DIR. Plain node, no packages.
import { addressText, exitUnlessFree, localUrl } from './address.mjs';
import { ask } from './ask.mjs';
import { runTogether } from './foreground.mjs';
import { readAddress, readInterval, settingsOrExit } from './make-variables.mjs';
import { configText, keepConfig, prometheusArguments, prometheusOrExit } from './prometheus.mjs';

const ANSWER_MS = 2000; // for the first list of slaves
const SHOWN_MAX = 200; // characters of an answer that nobody expected

const { master, targets, cluster, intervalSeconds, listen } = settingsOrExit(() => {
  const { MASTER, TARGETS, CLUSTER, INTERVAL, LISTEN } = process.env;
  const address = addressText(readAddress('MASTER', MASTER || 'localhost:4242', 4242));
  const url = TARGETS || `http://${address}/prometheus/targets`;
  if (!/^https?:[/][/]/.test(url) || !URL.canParse(url)) {
    throw new Error(`TARGETS is a URL, such as http://10.0.0.5:9464/prometheus/targets; it was ${url}`);
  }
  return {
    master: address,
    targets: url,
    cluster: CLUSTER || 'lanyard',
    intervalSeconds: readInterval(INTERVAL),
    listen: readAddress('LISTEN', LISTEN || '127.0.0.1:9090'),
  };
});

/** What keeps Prometheus from finding slaves, as a sentence; undefined when nothing does. */
async function trouble() {
  let answer;
  try {
    answer = await ask(targets, ANSWER_MS);
  } catch (error) {
    const otherwise = process.env.TARGETS ? '' : ' If the master is elsewhere: make monitoring MASTER=host:port';
    return `Nobody answers at ${targets} (${error.cause?.code ?? error.name}); Prometheus goes on asking.${otherwise}`;
  }
  const { ok, status, text } = answer;
  if (!ok) return `${targets} answered ${status}, so no slave is found: ${text.slice(0, SHOWN_MAX)}`;
  let other;
  try {
    other = JSON.parse(text).find(({ labels }) => labels.cluster !== cluster)?.labels.cluster;
  } catch {
    return `${targets} answered something else than a list of slaves: ${text.slice(0, SHOWN_MAX)}`;
  }
  if (other === undefined) return undefined;
  return `The slaves at ${targets} are in cluster ${other}, but the master's metrics are labelled ${cluster}: make monitoring CLUSTER=${other}`;
}

const place = keepConfig('monitoring', listen.port, configText({ master, cluster, targets, intervalSeconds }));
const program = prometheusOrExit('monitoring', place.shown);
await exitUnlessFree(listen, {
  inUse: `Is it Prometheus as a service (Debian starts one; systemctl disable --now prometheus ends it)? Or choose another port: make monitoring LISTEN=127.0.0.1:${listen.port + 1}`,
  otherwise: 'LISTEN is an address of this machine and a port, such as 127.0.0.1:9090',
});
const args = prometheusArguments({ ...place, listen: addressText(listen) });
const { started } = runTogether([{ name: 'prometheus', command: program, args }]);
console.log(`Open ${localUrl(listen)}/targets
Started ${started} with ${place.shown}. Ctrl-C stops it.`);
const sentence = place.edited ? undefined : await trouble();
if (sentence !== undefined) console.error(sentence);
