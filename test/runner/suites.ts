// The steps of a test run: lint, and the mocha suites, one folder of test/ each, in the order in which they run: name, limits, and
// what they need.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A folder of tests. */
export interface Suite {
  /** The folder below test/, and the name on the command line. */
  readonly name: string;
  /** Mocha's default time limit of one test or hook; a test may set its own. */
  readonly testLimitSeconds: number;
  /** The whole suite is ended after this time and counted as failed. */
  readonly suiteLimitSeconds: number;
  /** Needs Linux and root (network namespaces). */
  readonly needsRoot?: boolean;
  /** Programs without which the suite cannot run. */
  readonly needs?: readonly Program[];
  /** Programs that the suite uses when they are there. */
  readonly uses?: readonly Program[];
  /** Runs at the same time as the suite of this name, when that runs too: one of both waits more than it works. */
  readonly beside?: string;
  /** Its files are shared out to so many mocha processes, which run at the same time; 1 when nothing is said. */
  readonly parts?: number;
  /** While it runs beside another one it gets only the time of the processors that the others leave: it works all the time. */
  readonly yields?: boolean;
}

/** When `lint` runs: see Suite. */
export const LINT = { name: 'lint', beside: 'lan', yields: true } as const;

/** The Debian package of each program that a suite may need; what is no program is named by its path. */
export const DEBIAN_PACKAGES = {
  ip: 'iproute2',
  ss: 'iproute2',
  nft: 'nftables',
  wrk: 'wrk',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'docker-compose': 'docker-compose',
  dockerd: 'docker.io',
  busybox: 'busybox-static',
  chromium: 'chromium',
  'systemd-analyze': 'systemd',
  curl: 'curl',
  protoc: 'protobuf-compiler',
  '/usr/lib/python3/dist-packages/grpc': 'python3-grpcio',
  '/usr/lib/python3/dist-packages/grpc_tools': 'python3-grpc-tools',
} as const;

export type Program = keyof typeof DEBIAN_PACKAGES;

/** All suites, the quickest first. */
export const SUITES: readonly Suite[] = [
  { name: 'unit', testLimitSeconds: 20, suiteLimitSeconds: 240 },
  { name: 'conformance', testLimitSeconds: 20, suiteLimitSeconds: 120, uses: ['dockerd', 'busybox'] },
  { name: 'property', testLimitSeconds: 180, suiteLimitSeconds: 600, beside: 'lan', yields: true },
  {
    name: 'system',
    testLimitSeconds: 60,
    suiteLimitSeconds: 480,
    parts: 2,
    uses: [
      'wrk',
      'prometheus',
      'promtool',
      'docker-compose',
      'systemd-analyze',
      'protoc',
      '/usr/lib/python3/dist-packages/grpc',
      '/usr/lib/python3/dist-packages/grpc_tools',
    ],
  },
  {
    name: 'monitoring',
    testLimitSeconds: 60,
    suiteLimitSeconds: 480,
    uses: ['prometheus', 'promtool'],
    beside: 'lan',
  },
  {
    name: 'lan',
    testLimitSeconds: 180,
    suiteLimitSeconds: 480,
    needsRoot: true,
    needs: ['ip', 'ss', 'nft'],
    uses: ['prometheus', 'systemd-analyze', 'curl'],
  },
  { name: 'chaos', testLimitSeconds: 180, suiteLimitSeconds: 300, needsRoot: true, needs: ['ip', 'ss', 'nft'] },
  {
    name: 'docker',
    testLimitSeconds: 60,
    suiteLimitSeconds: 300,
    needsRoot: true,
    needs: ['dockerd', 'busybox'],
    beside: 'chaos',
    parts: 2,
  },
  { name: 'browser', testLimitSeconds: 60, suiteLimitSeconds: 480, needs: ['chromium'] },
];

/** The files of each part of a suite, by turns: files that lie beside each other are about the same thing and alike in length. */
export function partsOf(files: readonly string[], { parts = 1 }: Suite): string[][] {
  return Array.from({ length: Math.min(parts, files.length) }, (_, part) => files.filter((_, i) => i % parts === part));
}

/** A pending test whose title contains this is excused when ../shared is absent, even with CI=true. */
export const NEEDS_SHARED = '(needs ../shared)';

/** Test files of a suite, relative to `root`, sorted; empty when there is no such folder. */
export function testFiles(root: string, suite: Suite): string[] {
  const folder = path.join('test', suite.name);
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join(folder, file))
    .sort();
}
