// Text from elsewhere as it may stand in messages and logs: what cannot be seen, or changes how the rest is seen, is masked.
import { shortened } from './shortened.ts';

/** Control characters, invisible ones, those that turn the direction of text, and unassigned ones. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;
const EACH_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu');

/** As much of it as a sentence can hold and still be read. */
const SHOWN_CHARS_MAX = 60;

/** Whether all of it can be seen as it is. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** Each character that cannot be printed becomes `?`; at most `charsMax` UTF-16 units are kept. */
export function printable(text: string, charsMax = SHOWN_CHARS_MAX): string {
  return shortened(text, charsMax).replaceAll(EACH_UNPRINTABLE, '?');
}
