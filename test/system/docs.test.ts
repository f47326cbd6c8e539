// The documents say what the programs do: options against --help, algorithms and task types against the registries, messages
// against the protocol.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Tag } from '../../src/common/protocol/messages.ts';
import { BUILT_IN_TASK_TYPES } from '../../src/common/task-types/registry.ts';
import { ALGORITHMS } from '../../src/master/balancing/registry.ts';
import { ROOT } from '../support/node-process.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const flagsIn = (text: string): string[] => [...new Set(text.match(/--[a-z][a-z-]+/g) ?? [])].sort();
/** Vector pictures are read by people on slow lines, and in diffs. */
const SVG_BYTES_MAX = 60_000;
const PLACES_OF_DOCUMENTS = ['.', 'docs', 'docs/adr', 'deploy'];

/** Every Markdown file, relative to the project. */
function documents(): string[] {
  const examples = readdirSync(path.join(ROOT, 'examples')).map((name) => path.join('examples', name));
  return [...PLACES_OF_DOCUMENTS, ...examples].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.join(folder, name)),
  );
}

describe('documents', () => {
  const readme = read('README.md');

  for (const node of ['master', 'slave', 'monitor']) {
    it(`README lists exactly the options of ./${node}`, () => {
      const help = execFileSync(process.execPath, [path.join(ROOT, 'bin', node), '--help'], { encoding: 'utf8' });
      const options = flagsIn(help.slice(help.indexOf('Options:'), help.indexOf('Examples:')));
      const listed = [...rowsOf('all'), ...rowsOf(`\`./${node}`)].map((row) => /--[a-z-]+/.exec(row)?.[0] ?? '');
      expect(listed.sort()).to.deep.equal(options.filter((flag) => !['--help', '--version'].includes(flag)));
    });
  }

  for (const tool of ['doctor', 'top']) {
    it(`README lists exactly the options of ./lab ${tool}, beside those of all`, () => {
      const help = execFileSync(process.execPath, [path.join(ROOT, 'bin/lab'), tool, '--help'], { encoding: 'utf8' });
      const options = flagsIn(help.slice(help.indexOf('Options:'), help.indexOf('Examples:')));
      const flagOf = (row: string): string => /--[a-z-]+/.exec(row)?.[0] ?? '';
      const shared = new Set(['--help', '--version', ...rowsOf('all').map(flagOf)]);
      const own = options.filter((flag) => !shared.has(flag));
      expect(rowsOf(`\`./lab ${tool}`).map(flagOf).sort()).to.deep.equal(own);
    });
  }

  /** The rows of the option table whose head begins like this. */
  function rowsOf(head: string): string[] {
    const [, table = ''] = readme.split(`\n| ${head}`);
    const [rows = ''] = table.split('\n\n');
    return rows.split('\n').filter((line) => line.startsWith('| `--'));
  }

  it('README and docs/algorithms.md list every algorithm and every task type', () => {
    for (const text of [readme, read('docs/algorithms.md')]) {
      for (const { name } of [...ALGORITHMS, ...BUILT_IN_TASK_TYPES])
        expect(text).to.match(new RegExp(`^\\| \`${name}\``, 'm'));
    }
  });

  it('docs/protocol.md lists every TCP message with its tag', () => {
    const protocol = read('docs/protocol.md').split('## Work')[1] ?? '';
    for (const [name, tag] of Object.entries(Tag)) expect(protocol).to.contain(`| ${tag} | ${name} |`);
  });

  it('no document points to a file that does not exist', () => {
    for (const file of documents()) {
      const prose = read(file).replaceAll(/^```[^]*?^```$/gm, '');
      const links = prose.matchAll(/(?:\]\(|\bsrc(?:set)?=")(?!http)([^)#"]+)[)#"]/g);
      for (const [, target = ''] of links) {
        const place = path.join(path.dirname(file), target);
        expect(existsSync(path.join(ROOT, place)), `${file} → ${target}`).to.equal(true);
        if (target.endsWith('.svg')) expect(read(place).length, place).to.be.below(SVG_BYTES_MAX);
      }
    }
  });
});
