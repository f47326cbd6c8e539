// Small marks: a state as a coloured word, a share as a bar, slots as blocks.

const TONES: Readonly<Record<string, string>> = {
  ready: 'good',
  done: 'good',
  running: 'busy',
  queued: 'calm',
  draining: 'busy',
  suspect: 'warn',
  expired: 'warn',
  failed: 'bad',
  gone: 'bad',
};

/** How a state of a slave or a task is to be taken. */
export function toneOf(state: string): string {
  return TONES[state] ?? 'calm';
}

export function Badge({ state }: { readonly state: string }) {
  return <span class={`badge tone-${toneOf(state)}`}>{state}</span>;
}

/** For the eye only: the figure stands beside it. */
export function Bar({ ratio, tone = 'accent' }: { readonly ratio: number; readonly tone?: string }) {
  const share = Number.isFinite(ratio) ? Math.min(Math.max(ratio, 0), 1) : 0;
  return (
    <span class={`bar bar-${tone}`} aria-hidden="true">
      <span style={{ transform: `scaleX(${share.toFixed(3)})` }} />
    </span>
  );
}

/** More slots than this are a bar. */
const BLOCKS_MAX = 8;

/** For the eye only. */
export function Slots({ taken, slots }: { readonly taken: number; readonly slots: number }) {
  if (slots > BLOCKS_MAX) return <Bar ratio={taken / slots} />;
  return (
    <span class="slots" aria-hidden="true">
      {Array.from({ length: Math.max(0, slots) }, (_, i) => (
        <i key={i} class={i < taken ? 'taken' : ''} />
      ))}
    </span>
  );
}
