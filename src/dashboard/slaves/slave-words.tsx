// What the columns mean, for those who ask: by mouse, keyboard or touch.

const WORDS: readonly (readonly [title: string, meaning: string])[] = [
  [
    'Load',
    'weight of the tasks in flight × CPU load. The bar is full for the most loaded slave, red near its max load',
  ],
  [
    'Slots',
    'tasks that the master lets this slave hold at once, running and sent ahead: how many are taken, of how many',
  ],
  ['CPU load', 'runnable threads per core, one-minute average; 1 is fully busy, and there the bar is full'],
  ['Memory', 'share of the machine in use, by whatever runs there'],
  ['Running', 'tasks that have begun there; others in slots are sent ahead and wait for their turn'],
];

export function SlaveWords() {
  return (
    <details class="words-list">
      <summary>What the columns mean</summary>
      <dl>
        {WORDS.map(([title, meaning]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{meaning}.</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
