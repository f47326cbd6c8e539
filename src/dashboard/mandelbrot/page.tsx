// The page: a stage with the two canvases, the buttons, notices, and the panel beside it.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { Explorer, type Status } from './explorer.ts';
import { listenToGestures } from './gestures.ts';
import { Notices } from './notices.tsx';
import { Panel, type Choices } from './panel.tsx';
import { LEVEL_MAX, LEVEL_MIN } from './plane.ts';

const KEYS = 'Arrow keys move, + and − zoom, Home shows all of it.';

export function Page(): JSX.Element {
  const stage = useRef<HTMLElement>(null);
  const picture = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const explorer = useRef<Explorer>(undefined);
  const [status, setStatus] = useState<Status>();
  const [choices, setChoices] = useState<Choices>({ edges: true, palette: 'lagoon' });
  useEffect(() => {
    if (stage.current === null || picture.current === null || overlay.current === null) return;
    const canvases = { stage: stage.current, picture: picture.current, overlay: overlay.current };
    explorer.current = new Explorer(canvases, setStatus);
    listenToGestures(stage.current, explorer.current);
  }, []);
  const choose = (next: Choices): void => {
    setChoices(next);
    if (explorer.current === undefined) return;
    explorer.current.edges = next.edges;
    explorer.current.palette = next.palette;
  };
  const level = status?.view.level ?? LEVEL_MIN;
  return (
    <>
      <main ref={stage} class="stage">
        <canvas ref={picture} id="picture" tabIndex={0} role="application" aria-label={`The Mandelbrot set. ${KEYS}`} />
        <canvas ref={overlay} id="overlay" aria-hidden="true" />
      </main>
      <nav class="tools" aria-label="Zoom">
        <Tool label="Zoom in" sign="+" off={level >= LEVEL_MAX} act={() => explorer.current?.zoom(1)} />
        <Tool label="Zoom out" sign="−" off={level <= LEVEL_MIN} act={() => explorer.current?.zoom(-1)} />
        <Tool label="Show all of it" sign="⌂" off={false} act={() => explorer.current?.goTo(undefined)} />
      </nav>
      <Notices status={status} />
      <Panel status={status} choices={choices} choose={choose} goTo={(view) => explorer.current?.goTo(view)} />
    </>
  );
}

interface ToolProps {
  readonly label: string;
  readonly sign: string;
  readonly off: boolean;
  readonly act: () => void;
}

/** Stays focusable when it can do nothing, so that the keyboard does not lose its place. */
function Tool({ label, sign, off, act }: ToolProps): JSX.Element {
  return (
    <button type="button" aria-label={label} title={label} aria-disabled={off} onClick={off ? undefined : act}>
      {sign}
    </button>
  );
}
