// The `lint` step: six checks of the sources, run at the same time, each counted as one passed or failed.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Outcome, paint, secondsSince } from './outcome.ts';
import { endGroup, signalGroup, startGroup } from './processes.ts';

/** Beside a suite it gets the time that this leaves. */
const LIMIT_SECONDS = 600;

/** Folders of TypeScript that exist here and are not empty. */
function folders(root: string): string[] {
  return ['src', 'test', 'bench', 'examples'].filter(
    (name) => existsSync(path.join(root, name)) && readdirSync(path.join(root, name)).length > 0,
  );
}

/** Runs all checks; the output of those that fail is printed in full, to `print`. They may give way to what runs `beside`. */
export async function runLint(root: string, print: (text: string) => void, beside: boolean): Promise<Outcome> {
  const startMs = performance.now();
  const modules = 'node_modules';
  const checks: Record<string, string[]> = {
    eslint: [`${modules}/eslint/bin/eslint.js`, '.', '--max-warnings=0'],
    prettier: [`${modules}/prettier/bin/prettier.cjs`, '--check', '--log-level=warn', '.'],
    tsc: [`${modules}/typescript/bin/tsc`, '--noEmit', '--pretty', 'false'],
    'tsc of the pages': [`${modules}/typescript/bin/tsc`, '-p', 'src/dashboard', '--noEmit', '--pretty', 'false'],
    'dependency-cruiser': [
      `${modules}/dependency-cruiser/bin/dependency-cruise.mjs`,
      ...folders(root),
      '--config=.dependency-cruiser.cjs',
      '--output-type=err-long',
    ],
    knip: [`${modules}/knip/bin/knip.js`, '--no-progress'],
  };
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, args]) => {
      const { ok, output } = await run(root, args, beside);
      const mark = ok ? paint('green', 'ok') : paint('red', 'failed');
      print(`   ${mark}  ${name} (${secondsSince(startMs).toFixed(1)} s)\n`);
      if (!ok) print(`${output.trimEnd().replace(/^/gm, '      ')}\n`);
      return ok ? [] : [{ title: name, reason: output.trim().split('\n')[0] ?? '' }];
    }),
  );
  const failures = results.flat();
  return {
    suite: 'lint',
    passed: results.length - failures.length,
    failed: failures.length,
    skipped: 0,
    seconds: secondsSince(startMs),
    notes: [],
    failures,
  };
}

function run(root: string, args: readonly string[], yields: boolean): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
    const child = startGroup(args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], yields });
    const timer = setTimeout(() => signalGroup(child, 'SIGTERM'), LIMIT_SECONDS * 1000);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      endGroup(child);
      if (signal) output += `\nEnded by ${signal}; the limit is ${LIMIT_SECONDS} s.`;
      resolve({ ok: code === 0, output });
    });
  });
}
