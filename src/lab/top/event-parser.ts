// Server-sent events as they come out of a connection in pieces. https://html.spec.whatwg.org/multipage/server-sent-events.html, as far
// as the master uses it: lines end in LF, an event has a name and one line of data or more. Pure.

/** No event is longer, unless somebody who is no master sends it. */
export const EVENT_CHARS_MAX = 64 * 1024 * 1024;

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

export class EventParser {
  #pieces: string[] = [];
  #chars = 0;
  /** The last piece ended with a line feed. */
  #endsInLine = false;

  /** The events that this piece of text completes. Throws a RangeError when one is too long. */
  push(text: string): ServerEvent[] {
    this.#pieces.push(text);
    this.#chars += text.length;
    if (this.#chars > EVENT_CHARS_MAX) throw new RangeError('an event is longer than any that a master sends');
    // The blank line may lie across two pieces.
    const isEnded = text.includes('\n\n') || (this.#endsInLine && text.startsWith('\n'));
    if (text !== '') this.#endsInLine = text.endsWith('\n');
    if (!isEnded) return [];
    const blocks = this.#pieces.join('').split('\n\n');
    const rest = blocks.pop() ?? '';
    this.#pieces = [rest];
    this.#chars = rest.length;
    return blocks.map(parseBlock).filter(({ data }) => data !== '');
  }
}

function parseBlock(block: string): ServerEvent {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(event|data): ?(.*)$/s.exec(line) ?? [];
    if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
  }
  return { event, data: data.join('\n') };
}
