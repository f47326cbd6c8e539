// Numbers, times and sentences as people read them.

const UNITS = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** "0", "0.25", "12.3", "950", "1.23 k", "45.6 M": three digits. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  for (const [unit, name] of UNITS) {
    if (size >= unit * 0.9995) return `${threeDigits(value / unit)} ${name}`;
  }
  return threeDigits(value);
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  const places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return Number(value.toFixed(places)).toString();
}

/** All digits, in groups: "12 345". */
export function wholeNumber(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** "0.35 ms", "12 ms", "1.2 s", "3 min 5 s", "2 h 4 min", "3 d 2 h". */
export function duration(ms: number): string {
  if (ms < 999.5) return `${threeDigits(Math.max(0, ms))} ms`;
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(ms < 9950 ? 2 : 1)).toString()} s`;
  return longDuration(ms);
}

/** The same without fractions, for what counts up on the page. */
export function wholeSeconds(ms: number): string {
  return ms < 59_500 ? `${Math.max(0, Math.round(ms / 1000)).toString()} s` : longDuration(ms);
}

/** For the axis of a chart, where there is little room: one unit. */
export function tickDuration(ms: number): string {
  if (ms < 1000) return `${threeDigits(ms)} ms`;
  return ms < 600_000 ? `${threeDigits(ms / 1000)} s` : `${threeDigits(ms / 60_000)} min`;
}

function longDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'min', 1, 's');
  return seconds < 86_400 ? pair(seconds, 3600, 'h', 60, 'min') : pair(seconds, 86_400, 'd', 3600, 'h');
}

function pair(seconds: number, unit: number, name: string, lesser: number, lesserName: string): string {
  const rest = Math.floor((seconds % unit) / lesser);
  const whole = `${Math.floor(seconds / unit).toString()} ${name}`;
  return rest === 0 ? whole : `${whole} ${rest.toString()} ${lesserName}`;
}

/** "42 %". */
export function percent(ratio: number): string {
  return `${Math.round(ratio * 100).toString()} %`;
}

/** Time of day, "14:03:28", in the browser's zone. */
export function timeOfDay(atMs: number): string {
  const date = new Date(atMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => part.toString().padStart(2, '0'))
    .join(':');
}

/** Somebody's words with a full stop, unless they end a sentence by themselves: another one may follow. */
export function withStop(words: string): string {
  const text = words.trim();
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** The same with a capital letter. */
export function asSentence(words: string): string {
  const text = withStop(words);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 slave", "2 slaves". */
export function counted(count: number, noun: string): string {
  return `${wholeNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}
