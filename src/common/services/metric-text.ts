// One number out of a page for Prometheus: the sum of the samples of one metric, some labels given. Pure.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details (and OpenMetrics, as far as samples go)

/** Which samples count: all of this name that have at least these labels. */
export interface MetricSelector {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Greatest load that a metric may say; also what a member has whose load is not known, so that it is chosen last. */
export const LOAD_MAX = 1e15;

export type MetricReading =
  { readonly ok: true; readonly value: number } | { readonly ok: false; readonly problem: string };

const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const LABEL = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,|(?=\}))/y;
const VALUE = /[ \t]+([^ \t#]+)(?:[ \t].*)?$/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** `name` or `name{label="value"}`; undefined for anything else. */
export function parseSelector(text: string): MetricSelector | undefined {
  const head = readHead(text);
  return head?.end === text.length ? { name: head.name, labels: head.labels } : undefined;
}

/** The sum of all matching samples on a page: from 0 to LOAD_MAX, or what is wrong. `where`: what the page is called there. */
export function readMetric(page: string, { name, labels }: MetricSelector, where = 'the page'): MetricReading {
  const wanted = Object.entries(labels);
  let sum = 0;
  let samples = 0;
  for (const line of linesOf(page, name)) {
    const head = readHead(line);
    if (head !== undefined && head.name !== name) continue;
    const text = head === undefined ? undefined : matchAt(VALUE, line, head.end)?.[1];
    if (head === undefined || text === undefined) return { ok: false, problem: `a line of ${name} cannot be read` };
    if (wanted.some(([label, value]) => head.labels[label] !== value)) continue;
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    if (!(value >= 0 && value <= LOAD_MAX))
      return {
        ok: false,
        problem: `${name} is ${text.slice(0, 40)}, expected a number from 0 to ${LOAD_MAX.toString()}`,
      };
    sum += value;
    samples++;
  }
  const which = wanted.length === 0 ? '' : ' with these labels';
  if (samples === 0) return { ok: false, problem: `${where} has no metric ${name}${which}` };
  return { ok: true, value: Math.min(sum, LOAD_MAX) };
}

/** Lines that begin with this name, or with a longer one. */
function* linesOf(page: string, name: string): Generator<string> {
  for (let start = 0; start < page.length;) {
    const found = page.indexOf('\n', start);
    const end = found < 0 ? page.length : found;
    if (page.startsWith(name, start)) yield page.slice(start, end).trimEnd();
    start = end + 1;
  }
}

interface Head {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where the value begins, or rather the space before it. */
  readonly end: number;
}

function readHead(text: string): Head | undefined {
  const name = matchAt(NAME, text, 0)?.[0];
  if (name === undefined) return undefined;
  if (text[name.length] !== '{') return { name, labels: {}, end: name.length };
  const labels = new Map<string, string>();
  let at = name.length + 1;
  while (text[at] !== '}') {
    const found = matchAt(LABEL, text, at);
    if (found?.[1] === undefined || found[2] === undefined) return undefined;
    labels.set(found[1], unescaped(found[2]));
    at += found[0].length;
  }
  return { name, labels: Object.fromEntries(labels), end: at + 1 };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_all, char: string) => (char === 'n' ? '\n' : char));
}
