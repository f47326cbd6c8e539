// What kind of machine this is, where that matters for joining: platform, container, WSL, quota, load average, firewall.
import { readFirewall, type Expected } from './firewall.ts';
import type { InterfaceFact, MachineFact } from './facts.ts';
import type { Platform } from './platform.ts';

/** Never fails: what cannot be read is left out. */
export async function machineFacts(platform: Platform, expected: Expected): Promise<MachineFact> {
  const container = containerOf(platform);
  const wsl = wslOf(platform, expected.interfaces);
  const cpuQuota = quotaOf(platform.read('/sys/fs/cgroup/cpu.max'));
  return {
    platform: platform.name,
    release: platform.release,
    isRoot: platform.isRoot,
    loadAverage: platform.loadAverage(),
    firewall: await readFirewall(platform, expected),
    ...(container !== undefined && { container }),
    ...(wsl !== undefined && { wsl }),
    ...(cpuQuota !== undefined && { cpuQuota }),
  };
}

function containerOf(platform: Platform): string | undefined {
  if (platform.exists('/.dockerenv')) return 'Docker';
  if (platform.exists('/run/.containerenv')) return 'Podman';
  const found = /docker|containerd|kubepods|libpod|lxc/.exec(platform.read('/proc/1/cgroup') ?? '')?.[0];
  return found === 'kubepods' ? 'Kubernetes' : found;
}

/** WSL's own network is 172.16.0.0/12 behind NAT; in mirrored mode the addresses are those of Windows. */
function wslOf(platform: Platform, interfaces: readonly InterfaceFact[]): MachineFact['wsl'] {
  if (platform.name !== 'linux' || !/microsoft/i.test(platform.read('/proc/version') ?? '')) return undefined;
  const real = interfaces.filter(
    ({ address, isLoopback, looksLike }) => address !== undefined && !isLoopback && looksLike === undefined,
  );
  return real.every(({ address }) => /^172\.(1[6-9]|2\d|3[01])\./.test(address ?? '')) ? 'nat' : 'mirrored';
}

function quotaOf(cpuMax: string | undefined): number | undefined {
  const [quota, period] = (cpuMax ?? '').trim().split(/\s+/).map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined;
}
