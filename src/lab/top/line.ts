// A line of the terminal: pieces of text, each in one style, that are cut to the width before they become text with colours. Whatever is put
// into a line is made safe here, so that no stranger's text reaches a terminal as it came. Pure.
import { columnsOf, cutTo, safeText } from './safe-text.ts';

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'warn' | 'bad' | 'bar' | 'alarm';

export interface Piece {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Piece[];

/** Of ECMA-48, Select Graphic Rendition. The sixteen colours that people choose themselves, so that both light and dark work. */
const SGR: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '32',
  warn: '33',
  bad: '31',
  bar: '36',
  alarm: '1;7;31',
};

export function piece(text: string, style: Style = 'plain'): Piece {
  return { text: safeText(text), style };
}

/** At most `width` columns. */
export function lineText(line: Line, width: number, colours: boolean): string {
  let left = width;
  let text = '';
  for (const { text: whole, style } of line) {
    const cut = cutTo(whole, left);
    left -= columnsOf(cut);
    text += colours && style !== 'plain' && cut !== '' ? `\u001b[${SGR[style]}m${cut}\u001b[0m` : cut;
    if (cut !== whole) break;
  }
  return colours ? text : text.trimEnd();
}
