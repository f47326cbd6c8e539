// The id of a panel follows from its title, so that a board can be told apart from what users added to it: a panel whose id is
// not that of its title is theirs. Grafana gives a new panel the next free id, never this one.

/** 1 to 2³¹ − 1, by FNV-1a over the title's UTF-16 units. */
export function panelIdOf(title: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < title.length; i++) hash = Math.imul(hash ^ title.charCodeAt(i), 0x01000193);
  return ((hash >>> 0) % (2 ** 31 - 1)) + 1;
}

/**
 * The titles in their order, changed where needed so that no two have the same id: the later one of two gets a number,
 * `… (2)`. So ids of a board differ and each is still that of its title. Of 500 titles two meet once in 17 000 boards.
 */
export function distinctTitles(titles: Iterable<string>): string[] {
  const taken = new Set<number>();
  return Array.from(titles, (title) => {
    let distinct = title;
    for (let n = 2; taken.has(panelIdOf(distinct)); n++) distinct = `${title} (${n})`;
    taken.add(panelIdOf(distinct));
    return distinct;
  });
}
