// Text from elsewhere, cut to a length that can be shown and sent on.

/** At most `charsMax` UTF-16 units, and never half a surrogate pair at the end. */
export function shortened(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const last = text.charCodeAt(charsMax - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? charsMax - 1 : charsMax);
}
