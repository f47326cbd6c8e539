// The command line of a program that looks for the master which this node looks for: what a message tells people to type next.
import { launchedAs } from './launched-as.ts';
import { SHARED_OPTIONS } from './shared-options.ts';

/** Where a node looks for its master: the options that decide it. */
export interface Search {
  readonly cluster: string;
  readonly discoveryPort: number;
  readonly interfaces: readonly string[];
  readonly master: { readonly address: string; readonly port: number | undefined } | undefined;
}

/** Such as `./lab doctor --cluster blue`; options that are as usual are left out. */
export function searchCommand(command: string, search: Search, script?: string): string {
  const { cluster, discoveryPort, interfaces, master } = search;
  const port = discoveryPort.toString();
  const words = [launchedAs(command, script)];
  if (cluster !== SHARED_OPTIONS.cluster.default) words.push('--cluster', cluster);
  if (port !== SHARED_OPTIONS.discoveryPort.default) words.push('--discovery-port', port);
  for (const wanted of interfaces) words.push('--interface', quoted(wanted));
  if (master !== undefined) {
    const { address, port: at = discoveryPort } = master;
    words.push('--master', at === discoveryPort ? address : `${address}:${at.toString()}`);
  }
  return words.join(' ');
}

/** Names of interfaces may have spaces, on Windows. */
function quoted(text: string): string {
  return /^[\w.:@-]+$/.test(text) ? text : JSON.stringify(text);
}
