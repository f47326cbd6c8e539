// The report as text: a word beside every colour, and no colour when piped or when NO_COLOR is set. What masters say of themselves is
// shown without control characters.
import type { Finding, Mark, Section } from './findings.ts';
import type { Verdict } from './verdict.ts';

const WORDS: Readonly<Record<Mark, string>> = { ok: 'ok', warning: 'warning', problem: 'problem', info: '' };
const COLOURS: Readonly<Record<Mark, number>> = { ok: 32, warning: 33, problem: 31, info: 0 };
const WORD_WIDTH = 'problem'.length;

/** Sections, then the verdict, then what to do. */
export function reportText(sections: readonly Section[], verdict: Verdict, isColoured: boolean): string {
  const paint = (code: number, text: string): string =>
    isColoured && code !== 0 ? `\u001b[${code.toString()}m${text}\u001b[0m` : text;
  const line = ({ mark, text }: Finding): string =>
    `  ${paint(COLOURS[mark], WORDS[mark].padEnd(WORD_WIDTH))}  ${plain(text)}`;
  const lines = sections.flatMap(({ title, findings }) => [paint(1, title), ...findings.map(line), '']);
  const colour = verdict.kind === 'healthy' ? COLOURS.ok : verdict.canJoin ? COLOURS.warning : COLOURS.problem;
  lines.push(paint(colour, plain(verdict.sentence)));
  lines.push(...verdict.next.map((step) => `  - ${plain(step)}`));
  return `${lines.join('\n')}\n`;
}

function plain(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?');
}
