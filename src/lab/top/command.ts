// ./lab top: the cluster in a terminal, or as lines in a pipe. Ends with 0 when it is told to, with 1 when there is no master to show.
import { launchedAs } from '../../common/config/launched-as.ts';
import { messageOf } from '../../common/errors.ts';
import type { About, Snapshot } from '../../common/feed/feed.ts';
import { systemClock } from '../../common/time/clock.ts';
import { FeedReader } from './feed-reader.ts';
import { frame, type View } from './frame.ts';
import { lineText } from './line.ts';
import { readTopOptions } from './options.ts';
import { noteLine, PlainLines } from './plain-lines.ts';
import { safeText } from './safe-text.ts';
import { Screen } from './screen.ts';

/** How long a connection is lost is shown in seconds. */
const REDRAW_MS = 1000;
/** Columns of the table of --once when nobody says how wide the terminal is. */
const PIPE_COLUMNS = 120;

/** What is done with the feed. */
interface Display {
  show(snapshot: Snapshot, about: About): void;
  lost(reason: string): void;
  /** Leaves the terminal as it was. */
  close(): void;
}

export async function main(argv: readonly string[]): Promise<void> {
  const { url, once } = readTopOptions(argv);
  const colours = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  const problem = await new Promise<string | undefined>((end) => {
    const quit = (): void => end(undefined);
    let display: Display | undefined;
    const open = (): Display =>
      once ? table(url, colours, quit) : process.stdout.isTTY ? live(url, colours, quit) : lines(url);
    // Whoever reads the pipe has seen enough.
    process.stdout.on('error', quit);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.once(signal, quit);
    const show = (snapshot: Snapshot, about: About): void => {
      try {
        (display ??= open()).show(snapshot, about);
      } catch (error) {
        // Another connection would bring the same again.
        display?.close();
        end(`${url}: its snapshot cannot be shown (${messageOf(error)}), is it of this version`);
      }
    };
    new FeedReader({
      url,
      clock: systemClock,
      onSnapshot: show,
      // Somebody who mistyped the URL is told so at once; who saw the cluster before waits for it to come back.
      onLost: (reason) => (display === undefined ? end(reason) : display.lost(reason)),
    });
    process.once('uncaughtException', (error) => {
      display?.close();
      process.stderr.write(`${error.stack ?? error.message}\n`);
      process.exit(1);
    });
  });
  if (problem !== undefined) {
    process.stderr.write(
      `${safeText(problem)}; is there a master? Start one with ${launchedAs('master')}, or say where it is with --url\n`,
    );
  }
  process.exit(problem === undefined ? 0 : 1);
}

/** The view that stays. */
function live(url: string, colours: boolean, onQuit: () => void): Display {
  let view: View = { url, about: undefined, snapshot: undefined, lost: undefined };
  let lostAtMs = 0;
  const draw = (): void => {
    const { columns, rows } = screen;
    const lost = view.lost && { ...view.lost, sinceMs: systemClock.nowMs() - lostAtMs };
    screen.draw(frame({ ...view, lost }, { columns, rows }).map((line) => lineText(line, columns, colours)));
  };
  const screen = new Screen({ input: process.stdin, output: process.stdout, onQuit, onResize: draw });
  systemClock.every(REDRAW_MS, () => {
    if (view.lost !== undefined) draw();
  });
  return {
    show(snapshot, about) {
      view = { url, about, snapshot, lost: undefined };
      draw();
    },
    lost(reason) {
      if (view.lost === undefined) lostAtMs = systemClock.nowMs();
      view = { ...view, lost: { reason, sinceMs: 0 } };
      draw();
    },
    close: () => screen.close(),
  };
}

/** One table. */
function table(url: string, colours: boolean, onShown: () => void): Display {
  return {
    show(snapshot, about) {
      const columns = process.stdout.columns || PIPE_COLUMNS;
      const all = frame({ url, about, snapshot, lost: undefined }, { columns, rows: Infinity });
      // Printed, not drawn: what is longer wraps, and a command can be copied.
      process.stdout.write(all.map((line) => `${lineText(line, Infinity, colours)}\n`).join(''), onShown);
    },
    lost: () => undefined,
    close: () => undefined,
  };
}

/** Lines for a pipe. One that is not read is given the latest only. */
function lines(url: string): Display {
  const plain = new PlainLines();
  let isLost = false;
  const write = (some: readonly string[]): void => {
    if (some.length > 0 && !process.stdout.writableNeedDrain)
      process.stdout.write(some.map((line) => `${line}\n`).join(''));
  };
  return {
    show(snapshot, { cluster }) {
      if (isLost) write([noteLine(Date.now(), `connected again to ${url}`)]);
      isLost = false;
      write(plain.of(snapshot, cluster));
    },
    lost(reason) {
      if (!isLost) write([noteLine(Date.now(), `connection lost: ${reason}`)]);
      isLost = true;
    },
    close: () => undefined,
  };
}
