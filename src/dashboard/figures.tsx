// The cluster in a line of figures.
import type { FeedState } from './feed/feed-state.ts';
import { duration, shortNumber, wholeNumber } from './format.ts';

export function Figures({ feed }: { readonly feed: FeedState }) {
  const { snapshot } = feed;
  if (snapshot === null) return null;
  const { slaves, queued, inFlight, sample, totals } = snapshot;
  const ready = slaves.filter(({ state }) => state === 'ready').length;
  const slots = slaves.reduce((sum, slave) => sum + slave.slots, 0);
  const perSecond = sample === null ? 0 : sample.done + sample.failed + sample.cancelled + sample.expired;
  const p95Ms = sample?.p95Ms ?? null;
  const wrong = totals.failed + totals.expired;
  return (
    <dl class="figures" aria-label="The cluster now">
      <Figure name="Slaves ready" value={wholeNumber(ready)} of={`of ${wholeNumber(slaves.length)}`} />
      <Figure name="In flight" value={wholeNumber(inFlight)} of={slots === 0 ? '' : `${wholeNumber(slots)} slots`} />
      <Figure name="Waiting" value={wholeNumber(queued)} />
      <Figure name="Ended per second" value={shortNumber(perSecond)} />
      <Figure name="Latency p95" value={p95Ms === null ? '–' : duration(p95Ms)} />
      <Figure
        name="Done"
        value={shortNumber(totals.done)}
        of={wrong === 0 ? 'none failed' : `${shortNumber(wrong)} failed or expired`}
      />
    </dl>
  );
}

function Figure({ name, value, of = '' }: { readonly name: string; readonly value: string; readonly of?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} {of !== '' && <small>{of}</small>}
      </dd>
    </div>
  );
}
