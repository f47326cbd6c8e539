// Numbers as people read them in a column: short, with a unit. Pure.

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/** Three digits and a prefix, such as `12`, `1.5k`, `230M`. */
export function shortNumber(value: number): string {
  let scaled = value;
  let step = 0;
  while (Math.abs(scaled) >= 999.5 && step < PREFIXES.length - 1) {
    scaled /= 1000;
    step++;
  }
  return `${threeDigits(scaled)}${PREFIXES[step] ?? ''}`;
}

/** Such as `0.05 ms`, `12 ms`, `1.5 s`, `3.2 min`; `-` for none. */
export function shortTime(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 999.5) return `${threeDigits(ms)} ms`;
  if (ms < 99_500) return `${threeDigits(ms / 1000)} s`;
  return `${shortNumber(ms / 60_000)} min`;
}

export function percent(ratio: number): string {
  return `${Math.round(ratio * 100).toString()}%`;
}

/** A bar of so many columns, in eighths. */
export function bar(share: number, columns: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * columns * 8);
  const part = ' ▏▎▍▌▋▊▉'[eighths % 8] ?? '';
  return ('█'.repeat(eighths >> 3) + (eighths % 8 === 0 ? '' : part)).padEnd(columns);
}

function threeDigits(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
