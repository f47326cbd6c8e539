// What a person types on a further machine to make it a slave: fetch the one file from this master, run it. One line a network, the
// likeliest first. Whatever is printed here can be pasted into a shell as it is.
import { SHARED_OPTIONS } from '../common/config/shared-options.ts';
import type { JoinCommand } from '../common/feed/feed.ts';
import { virtualKind } from '../common/net/interface-kinds.ts';
import type { Interface } from '../common/net/interfaces.ts';

export interface JoinOptions {
  /** Those that the master uses. */
  readonly interfaces: readonly Interface[];
  /** Where the HTTP door listens: an address, a name, or `0.0.0.0` or `::` for all. */
  readonly httpHost: string;
  /** The port that it has, never 0. */
  readonly httpPort: number;
  readonly discoveryPort: number;
  readonly cluster: string;
}

/** Where the HTTP door can be reached. */
type Place = Pick<Interface, 'name' | 'address' | 'loopback'>;

/** `0.0.0.0`, `::`, and shorter or longer ways to write them. */
const ALL_ADDRESSES = /^(0+(\.0+){0,3}|[0:]*::[0:]*)$/;
const LOOPBACK_HOST = /^(localhost|127\..*|::1)$/;
/** What a machine gives itself when nobody gives it an address. */
const LINK_LOCAL = /^169\.254\./;
/** Characters that mean nothing to a shell. */
const PLAIN = /^[A-Za-z0-9_./:@%+=,-]+$/;

/** Where people can reach the page, in the same order. */
export function pageUrls(options: Pick<JoinOptions, 'interfaces' | 'httpHost' | 'httpPort'>): string[] {
  return placesOf(options).map(({ address }) => `http://${inUrl(address)}:${options.httpPort.toString()}/`);
}

/** One command a network on which both the file and the master can be reached: the LAN first, virtual networks later, loopback last. */
export function joinCommands(options: JoinOptions): JoinCommand[] {
  return placesOf(options).map(toCommand(options));
}

/** The likeliest first. A host that is no chosen interface has none of its name: the slave then finds the master on its own. */
function placesOf({ interfaces, httpHost }: Pick<JoinOptions, 'interfaces' | 'httpHost'>): readonly Place[] {
  if (ALL_ADDRESSES.test(httpHost)) {
    return [0, 1, 2].flatMap((rank) => interfaces.filter((place) => rankOf(place) === rank));
  }
  const loopback = LOOPBACK_HOST.test(httpHost);
  const there = interfaces.find(({ address }) => address === httpHost);
  const near = there ?? (loopback ? interfaces.find((candidate) => candidate.loopback) : undefined);
  return [{ name: near?.name ?? httpHost, address: httpHost, loopback }];
}

function rankOf({ name, address, loopback }: Place): number {
  if (loopback) return 2;
  return virtualKind(name) !== undefined || LINK_LOCAL.test(address) ? 1 : 0;
}

function toCommand({ interfaces, httpPort, discoveryPort, cluster }: JoinOptions): (place: Place) => JoinCommand {
  const port = discoveryPort.toString();
  const isDefault = {
    port: port === SHARED_OPTIONS.discoveryPort.default,
    cluster: cluster === SHARED_OPTIONS.cluster.default,
  };
  const common = [
    ...(isDefault.port ? [] : ['--discovery-port', port]),
    ...(isDefault.cluster ? [] : ['--cluster', cluster]),
  ];
  return ({ name, address, loopback }) => {
    const fetched = ['curl', '-sO', `http://${inUrl(address)}:${httpPort.toString()}/slave.mjs`];
    // Only where the master listens there too; elsewhere the slave would shout into the void.
    const isThere = loopback && interfaces.some((candidate) => candidate.name === name);
    const started = ['node', 'slave.mjs', ...common, ...(isThere ? ['--interface', name] : [])];
    return { network: name, address, loopback, command: `${shell(fetched)} && ${shell(started)}` };
  };
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function shell(words: readonly string[]): string {
  return words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ');
}
