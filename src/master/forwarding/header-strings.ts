// Headers from undici, which hands them over as one buffer each.

/**
 * The same as text: name, value, name, value …. As a rule all are parts of one buffer, so that all of it is made text once and cut
 * into pieces, which is several times as fast as one by one (docs/adr/0020-forwarding.md).
 */
export function headerStrings(raw: readonly Buffer[]): readonly string[] {
  const [first] = raw;
  const last = raw.at(-1);
  if (first === undefined || last === undefined) return [];
  const { buffer, byteOffset: from } = first;
  if (last.buffer !== buffer || last.byteOffset < from) return oneByOne(raw);
  const text = Buffer.from(buffer, from, last.byteOffset + last.length - from).toString('latin1');
  if (text === lastText && raw.length === lastStrings.length) return lastStrings;
  const strings: string[] = [];
  let end = 0;
  for (const part of raw) {
    const at = part.byteOffset - from;
    // One that came in two pieces lies elsewhere.
    if (part.buffer !== buffer || at < end || at + part.length > text.length) return oneByOne(raw);
    end = at + part.length;
    strings.push(text.slice(at, end));
  }
  lastText = text;
  lastStrings = strings;
  return strings;
}

/** Within a second a service often says the same again and again; the same text has the same parts. */
let lastText = '';
let lastStrings: readonly string[] = [];

function oneByOne(raw: readonly Buffer[]): string[] {
  return raw.map((part) => part.toString('latin1'));
}
