// A LAN on one machine: hosts are network namespaces, cables are veth pairs, and the switch is a namespace with a bridge per
// subnet. Nothing leaves these namespaces.
import { ip, nft } from './commands.ts';
import { Cable } from './cable.ts';
import { Host } from './host.ts';
import { attempt, namespaceName, removeAtExit, removed } from './leftovers.ts';

const BRIDGE = 'br0';
/** Rules that stop what the switch forwards. */
const CUTS = 'lanyard_cuts';

/** IPv4 header without options, TCP header with all options it may have. */
const BARE_TCP_PACKET_BYTES_MAX = 80;

let lans = 0;

export class Lan {
  readonly #id = (++lans).toString();
  readonly #switch = namespaceName(`${this.#id}-sw`);
  readonly #hosts: Host[] = [];
  readonly #bridges = new Set<string>();
  #ports = 0;
  #cuts = 0;

  constructor() {
    removeAtExit(this);
    ip('netns', 'add', this.#switch);
  }

  /** A host with one cable per address, such as `10.77.0.1/24`, all in the same switch. */
  host(name: string, ...addresses: readonly string[]): Host {
    const host = new Host(namespaceName(`${this.#id}-${name}`));
    this.#hosts.push(host);
    for (const address of addresses) this.connect(host, address);
    return host;
  }

  /** One more cable; `bridge` names the broadcast domain that it ends in. */
  connect(host: Host, address: string, bridge = BRIDGE): Cable {
    this.#addBridge(bridge);
    const port = `p${(++this.#ports).toString()}`;
    const device = `eth${host.cables.length.toString()}`;
    const ends = ['link', 'add', port, 'netns', this.#switch, 'type', 'veth', 'peer', 'name', device];
    ip(...ends, 'netns', host.namespace);
    ip('-n', this.#switch, 'link', 'set', port, 'master', bridge, 'up');
    ip('-n', host.namespace, 'addr', 'add', address, 'broadcast', '+', 'dev', device);
    ip('-n', host.namespace, 'link', 'set', device, 'up');
    const cable = new Cable(this.#switch, port, address.split('/')[0] ?? address);
    host.cables.push(cable);
    return cable;
  }

  /** From now on nothing that comes in from `from` goes out to `to`; the other direction is untouched. Returns how to undo it. */
  cutOneWay(from: Cable, to: Cable): () => void {
    const chain = `cut${(++this.#cuts).toString()}`;
    this.#drop(`iifname ${from.port} oifname ${to.port}`, chain);
    return () => nft(this.#switch, `flush chain bridge ${CUTS} ${chain}`, `delete chain bridge ${CUTS} ${chain}`);
  }

  /** From now on no TCP packet from or to one of these ports passes; UDP does, and TCP connections made later. */
  cutTcpPorts(ports: readonly number[]): void {
    const set = `{ ${ports.join(', ')} }`;
    this.#drop(`tcp sport ${set}`);
    this.#drop(`tcp dport ${set}`);
  }

  /** From now on this port gets no TCP packet that carries data; connections to it can still be opened. */
  cutTcpDataTo(port: number): void {
    this.#drop(`tcp dport ${port.toString()} ip length > ${BARE_TCP_PACKET_BYTES_MAX.toString()}`);
  }

  /** Everything passes again. */
  heal(): void {
    nft(this.#switch, `delete table bridge ${CUTS}`);
  }

  /** Ends every process of every host and removes all of it. */
  remove(): void {
    removed(this);
    for (const host of this.#hosts) attempt(() => host.remove());
    attempt(() => ip('netns', 'del', this.#switch));
  }

  /** The chain is added here, and once more does no harm: one that is older than its bridge sees no packet of it. */
  #drop(match: string, chain = 'forward'): void {
    nft(
      this.#switch,
      `add table bridge ${CUTS}`,
      `add chain bridge ${CUTS} ${chain} { type filter hook forward priority 0; }`,
      `add rule bridge ${CUTS} ${chain} ${match} drop`,
    );
  }

  #addBridge(bridge: string): void {
    if (this.#bridges.has(bridge)) return;
    this.#bridges.add(bridge);
    ip('-n', this.#switch, 'link', 'add', bridge, 'type', 'bridge');
    ip('-n', this.#switch, 'link', 'set', bridge, 'up');
  }
}
