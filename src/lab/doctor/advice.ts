// What to do, by platform: hints that end a report without a healthy verdict. Pure.
import { launchedAs } from '../../common/config/launched-as.ts';
import { searchCommand } from '../../common/config/search-command.ts';
import type { Facts } from './facts.ts';

/** Ports for examples, when the slave was given none: three for the master, one for clients. */
const EXAMPLE_RANGE = { first: 4300, last: 4303 };

/** How to let the master in. */
export function firewallAdvice(facts: Facts): string[] {
  const { portRange = EXAMPLE_RANGE, machine, discoveryPort, visits } = facts;
  const [first, last] = [portRange.first.toString(), portRange.last.toString()];
  const udp = discoveryPort.toString();
  const advice = [
    `Let the master reach TCP ${first}-${last} of this machine and start the slave with --port-range ${first}-${last}.`,
  ];
  switch (machine.platform) {
    case 'linux':
      advice.push(...linuxRules(machine.firewall.present, first, last, udp));
      break;
    case 'darwin':
      advice.push('macOS: System Settings, Network, Firewall: allow incoming connections for node.');
      break;
    case 'win32':
      advice.push(
        'Windows: allow node in Defender Firewall for the profile of this network; on a Public network everything is blocked unless allowed.',
      );
      break;
  }
  if (visits.length === 0)
    advice.push(
      'Answers to a broadcast are not "established" to a firewall: let them in as above, or give the slave --master <address>, whose answers are.',
    );
  return advice;
}

/** How to let what this machine sends reach the master. */
export function dataAdvice({ visits }: Facts): string[] {
  const address = visits.find(({ heard }) => heard === false)?.from.address ?? '<master>';
  return [
    `Do large packets pass? ping -M do -s 1400 ${address} (Windows: ping -f -l 1400 ${address}). If not, but without -s, lower the MTU on both sides: 1280 for most VPNs and tunnels.`,
    'The firewall of the master\'s machine must let in what comes over connections that the master has opened ("established").',
  ];
}

function linuxRules(present: readonly string[], first: string, last: string, udp: string): string[] {
  if (present.includes('ufw (on)'))
    return [`ufw allow ${first}:${last}/tcp; ufw allow proto udp from <network of the master> port ${udp} to any`];
  if (present.includes('firewalld (on)'))
    return [
      `firewall-cmd --add-port=${first}-${last}/tcp; firewall-cmd --add-source-port=${udp}/udp (and both with --permanent)`,
    ];
  return [`nft: accept "tcp dport ${first}-${last}" and "udp sport ${udp}" in the input chain.`];
}

/** What to look at when nobody answers at all. */
export function silenceAdvice(facts: Facts): string[] {
  const { machine, discoveryPort, cluster, master } = facts;
  const address = facts.interfaces.find(({ state, isLoopback }) => state === 'used' && !isLoopback)?.address;
  const port = discoveryPort.toString();
  if (address === undefined && master === undefined) {
    const interfaces = facts.interfaces.filter(({ state }) => state === 'used').map(({ name }) => name);
    return [
      `Only this machine was asked. Start a master here: ${searchCommand('master', { cluster, discoveryPort, interfaces, master })}`,
      'Or ask the LAN: leave --interface out, or name another one.',
    ];
  }
  const advice = [
    `On the master's machine: does it run ("waiting for slaves" in its log, with discoveryPort ${port} and cluster ${cluster})? ${launchedAs('lab doctor')} there, too, must find it.`,
  ];
  if (master === undefined)
    advice.push(`From here, past filtered broadcasts: ${launchedAs('lab doctor')} --master <address of the master>`);
  advice.push(
    `From the master's machine: ping ${address ?? 'this machine'}. If that fails, the two are not in one network. The firewall of the master's machine must let UDP ${port} in.`,
  );
  if (master?.from !== undefined)
    advice.push(
      `--interface lets the request to ${master.asked} leave from ${master.from}: the master must have a way to that address. Without --interface the system chooses.`,
    );
  if (facts.interfaces.some(({ state, looksLike }) => state === 'used' && looksLike === 'Wi-Fi'))
    advice.push(
      'Wi-Fi: guest networks and "client isolation" keep machines from each other. Use a cable, or switch isolation off at the access point.',
    );
  if (machine.container !== undefined)
    advice.push(
      'Container: a bridge network keeps broadcasts in. Run it with --network host, or use --master and published ports.',
    );
  if (machine.wsl === 'nat')
    advice.push(
      'WSL: its NAT network is not the LAN. Set networkingMode=mirrored in .wslconfig (Windows 11 22H2), or run the slave in Windows.',
    );
  if (machine.wsl === 'mirrored') advice.push('WSL mirrored: the Hyper-V firewall of Windows must let the ports in.');
  if (machine.platform === 'darwin')
    advice.push(
      'macOS 15 and later: outside Terminal and SSH a program needs leave for the local network: System Settings, Privacy & Security, Local Network.',
    );
  if (machine.platform === 'win32')
    advice.push('Windows: make this network Private, and allow node in Defender Firewall when it asks.');
  return advice;
}
