// What an interface is for, guessed from its name: networks made by programs on this machine are asked after real ones.

export type VirtualKind = 'containers' | 'virtual machines' | 'a VPN';

const NAMES: readonly (readonly [RegExp, VirtualKind])[] = [
  [/^(docker\d|docker_gwbridge|br-[0-9a-f]{12}$|veth|podman\d|cni|cali|flannel|lxcbr|lxdbr|incusbr)/, 'containers'],
  [/^(virbr|vmnet|vboxnet|vnet\d|vEthernet|VirtualBox|VMware)/, 'virtual machines'],
  [/^(tun|tap|wg\d|wg-|tailscale|utun|zt|ppp|ipsec|nordlynx|proton|mullvad)/, 'a VPN'],
];

/** Undefined for what looks like a network card. */
export function virtualKind(name: string): VirtualKind | undefined {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1];
}
