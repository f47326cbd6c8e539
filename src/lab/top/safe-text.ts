// Text from strangers (names of slaves, errors of tasks) on its way to a terminal: nothing in it may move the cursor, change colours, turn
// the reading direction or hide, and it takes exactly as many columns as it is given. Pure.

/** Controls (C0, DEL, C1), line and paragraph separators, invisible and direction-changing characters, halves of surrogate pairs, and what has no meaning yet. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
/** More than this many marks on one letter climb over the lines above. */
const MARKS = /(\p{M}{2})\p{M}+/gu;
const REPLACEMENT = '�';
/** Two columns wide in terminals. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const ZERO = /\p{M}/u;

/** The same text with every character that a terminal could act on replaced. */
export function safeText(text: string): string {
  return text.replaceAll(UNSAFE, REPLACEMENT).replaceAll(MARKS, '$1');
}

/** How many columns safe text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** Safe text cut to at most so many columns, with `…` where something is missing. */
export function cutTo(text: string, columnsMax: number): string {
  if (columnsOf(text) <= columnsMax) return text;
  let columns = 0;
  let kept = '';
  for (const character of text) {
    columns += widthOf(character);
    if (columns > columnsMax - 1) break;
    kept += character;
  }
  return columnsMax > 0 ? `${kept}…` : '';
}

/** Safe text in exactly so many columns. */
export function padTo(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const cut = cutTo(text, columns);
  const space = ' '.repeat(Math.max(0, columns - columnsOf(cut)));
  return side === 'left' ? cut + space : space + cut;
}

function widthOf(character: string): number {
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
