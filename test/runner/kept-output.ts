// What a step or a part says that runs beside another one: kept, and printed after that one, since two at once cannot be read.
// When the run is broken off, what is kept so far is printed then: the test that failed may be named nowhere else.

interface Kept {
  readonly title: string;
  text: string;
}

const kept = new Set<Kept>();

/** Begins to keep what is said under `title`: `add` takes it; `take` gives all of it back, once, for whoever prints it. */
export function keepOutput(title: string): { add: (text: string) => void; take: () => string } {
  const it: Kept = { title, text: '' };
  kept.add(it);
  return {
    add: (text) => (it.text += text),
    take: () => {
      kept.delete(it);
      return it.text;
    },
  };
}

/** For the end of a run that was broken off: what nobody took, each under its title. */
export function printKept(print: (text: string) => void): void {
  for (const { title, text } of kept) if (text !== '') print(`\n== ${title}, as far as it came\n${text}`);
  kept.clear();
}
