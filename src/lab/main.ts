// ./lab: tools beside the cluster. A table of them; each is loaded when it is asked for, and reads its own options.
import { launchedAs } from '../common/config/launched-as.ts';
import { PACKAGE_VERSION } from '../common/config/package-version.ts';

interface Tool {
  readonly name: string;
  /** One line for the list. */
  readonly help: string;
  readonly load: () => Promise<(argv: readonly string[]) => Promise<void>>;
}

const TOOLS: readonly Tool[] = [
  {
    name: 'doctor',
    help: 'says whether a slave could join from this machine, and if not, why',
    load: async () => (await import('./doctor/command.ts')).main,
  },
  {
    name: 'top',
    help: 'shows slaves, load, rates, queue and tasks of a running cluster',
    load: async () => (await import('./top/command.ts')).main,
  },
];

/** Runs the tool that is named first; the rest is its command line. */
export async function main([name, ...rest]: readonly string[]): Promise<void> {
  const tool = TOOLS.find((known) => known.name === name);
  if (tool !== undefined) {
    const run = await tool.load();
    await run(rest);
    return;
  }
  if (name === '--version') {
    process.stdout.write(`${PACKAGE_VERSION}\n`);
    return;
  }
  if (name === '--help' || name === '-h') {
    process.stdout.write(usage());
    return;
  }
  const problem = name === undefined ? 'Name a tool.' : `There is no tool "${name}".`;
  process.stderr.write(`${problem}\n\n${usage()}`);
  process.exitCode = 2;
}

function usage(): string {
  const lab = launchedAs('lab');
  const width = Math.max(...TOOLS.map((tool) => tool.name.length));
  const lines = TOOLS.map((tool) => `  ${tool.name.padEnd(width)}  ${tool.help}`);
  return [
    `Usage: ${lab} <tool> [options]`,
    '',
    'Tools:',
    ...lines,
    '',
    `${lab} <tool> --help lists its options.`,
    '',
  ].join('\n');
}
