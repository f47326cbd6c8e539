// A colour for each slave: the one that its name asks for, so that it has the same one every time, or the next one that is free. When all
// are taken they come again with another pattern. No DOM.

/**
 * Told apart by people who see red and green, or blue and yellow, alike: Okabe and Ito, "Color Universal Design" (2008), without black,
 * the blue lightened so that it shows on a dark picture, and white.
 */
const COLOURS = ['#e69f00', '#56b4e9', '#00c896', '#f0e442', '#4f7dff', '#ff6a3d', '#e58fc2', '#ffffff'] as const;
const PATTERNS = ['solid', 'dashed', 'dotted'] as const;
const PLACES = COLOURS.length * PATTERNS.length;

export interface SlaveColour {
  readonly colour: string;
  readonly pattern: (typeof PATTERNS)[number];
}

export class SlaveColours {
  readonly #places = new Map<string, number>();
  readonly #taken = new Set<number>();

  of(name: string): SlaveColour {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.#placeFor(name);
      // With all places taken two share one, and nothing is kept: it is the same every time.
      if (this.#taken.size < PLACES) this.#places.set(name, place);
      this.#taken.add(place);
    }
    return {
      colour: COLOURS[place % COLOURS.length] ?? '#ffffff',
      pattern: PATTERNS[Math.floor(place / COLOURS.length)] ?? 'solid',
    };
  }

  #placeFor(name: string): number {
    const hash = hashOf(name);
    if (this.#taken.size >= PLACES) return hash % PLACES;
    const wish = hash % COLOURS.length;
    for (let round = 0; round < PATTERNS.length; round++) {
      for (let i = 0; i < COLOURS.length; i++) {
        const place = round * COLOURS.length + ((wish + i) % COLOURS.length);
        if (!this.#taken.has(place)) return place;
      }
    }
    return wish;
  }
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
