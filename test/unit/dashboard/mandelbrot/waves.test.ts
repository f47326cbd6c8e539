// Tiles that are asked for, come, are given up, and are asked for again; and the lines that bring them.
import { expect } from 'chai';
import { tileAt, type Tile } from '../../../../src/dashboard/mandelbrot/plane.ts';
import { LineSplitter, readLine } from '../../../../src/dashboard/mandelbrot/wave-request.ts';
import {
  WAVE_TILES,
  WaveRefused,
  Waves,
  WAVES_MAX,
  type WaveLine,
} from '../../../../src/dashboard/mandelbrot/waves.ts';

const tiles = (count: number, from = 0): Tile[] => Array.from({ length: count }, (_, i) => tileAt(10, from + i, 0));

/** The result that is refused on arrival. */
const BAD = 'bad';

interface OpenWave {
  readonly tiles: readonly Tile[];
  readonly signal: AbortSignal;
  /** Ends the wave, with an error if one is given. */
  readonly end: (error?: Error) => void;
  readonly send: (line: WaveLine) => void;
}

/** A sea whose waves the test moves. */
class Sea {
  readonly opened: OpenWave[] = [];
  readonly here = new Set<string>();
  readonly came: string[] = [];
  readonly pauses: { readonly ms: number; readonly then: () => void }[] = [];
  trouble: string | undefined;
  needed: (tile: Tile) => boolean = () => true;
  readonly waves = new Waves({
    open: (given, signal) => this.#open(given, signal),
    has: ({ key }) => this.here.has(key),
    isNeeded: (tile) => this.needed(tile),
    arrived: ({ key }, result, slave) => {
      if (result === BAD) return `${slave} lies`;
      this.here.add(key);
      this.came.push(`${key} ${result} ${slave}`);
      return undefined;
    },
    trouble: (text) => (this.trouble = text),
    after: (ms, then) => this.pauses.push({ ms, then }),
  });

  /** Every tile of an open wave comes, and it ends. */
  async finish(wave: OpenWave | undefined): Promise<void> {
    for (const index of wave?.tiles.keys() ?? []) wave?.send({ index, result: 'r', slave: 's' });
    wave?.end();
    await settled();
  }

  async *#open(given: readonly Tile[], signal: AbortSignal): AsyncGenerator<WaveLine> {
    const lines: (WaveLine | undefined)[] = [];
    let wake = (): void => undefined;
    let failure: Error | undefined;
    const push = (line?: WaveLine): void => {
      lines.push(line);
      wake();
    };
    const end = (error?: Error): void => {
      failure = error;
      push();
    };
    signal.addEventListener('abort', () => end(new Error('aborted')));
    this.opened.push({ tiles: given, signal, end, send: push });
    for (;;) {
      while (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const line = lines.shift();
      if (line !== undefined) yield line;
      else if (failure !== undefined) throw failure;
      else return;
    }
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('waves', () => {
  it('ask for what is missing, in order, and give on what comes', async () => {
    const sea = new Sea();
    sea.here.add('10/1/0');
    sea.waves.want(tiles(3));
    expect(sea.opened.map((wave) => wave.tiles.map(({ key }) => key))).to.deep.equal([['10/0/0', '10/2/0']]);
    expect(sea.waves.out).to.equal(2);
    sea.opened[0]?.send({ index: 1, result: 'AAAA', slave: 's2' });
    await settled();
    expect(sea.came).to.deep.equal(['10/2/0 AAAA s2']);
    sea.opened[0]?.send({ index: 0, result: 'BBBB', slave: 's1' });
    sea.opened[0]?.end();
    await settled();
    expect(sea.waves.out).to.equal(0);
    expect(sea.opened).to.have.length(1);
    expect(sea.pauses).to.deep.equal([]);
    expect(sea.waves.cancelled).to.equal(0);
  });

  it('are bounded: so many tiles each, and the second when half of the first has come', async () => {
    const sea = new Sea();
    sea.waves.want(tiles(1000));
    expect(sea.opened.map((wave) => wave.tiles.length)).to.deep.equal([WAVE_TILES]);
    let most = 0;
    for (let index = 0; index < WAVE_TILES; index++) {
      sea.opened[0]?.send({ index, result: 'r', slave: 's' });
      await settled();
      most = Math.max(most, sea.waves.out);
      expect(sea.opened.length).to.equal(index < WAVE_TILES / 2 - 1 ? 1 : 2);
    }
    expect(most).to.be.at.most(WAVES_MAX * WAVE_TILES);
    sea.opened[0]?.end();
    for (let at = 1; at < 10; at++) await sea.finish(sea.opened[at]);
    expect(sea.here.size).to.equal(1000);
    expect(sea.came.length, 'none came twice').to.equal(1000);
  });

  it('with a tile that is not needed any more are given up, and what is still needed is asked for again', async () => {
    const sea = new Sea();
    sea.waves.want(tiles(10));
    sea.opened[0]?.send({ index: 9, result: 'r', slave: 's' });
    await settled();
    sea.needed = ({ column }) => column >= 3;
    sea.waves.want(tiles(10, 3));
    expect(sea.opened[0]?.signal.aborted).to.equal(true);
    expect(sea.waves.cancelled).to.equal(9);
    expect(sea.opened[1]?.tiles.map(({ column }) => column)).to.deep.equal([3, 4, 5, 6, 7, 8, 10, 11, 12]);
    await settled();
    expect(sea.pauses, 'giving up is no failure').to.deep.equal([]);
    expect(sea.trouble).to.equal(undefined);
  });

  it('of which every tile is still needed go on', () => {
    const sea = new Sea();
    sea.waves.want(tiles(10));
    sea.waves.want(tiles(12));
    expect(sea.opened.map((wave) => wave.tiles.length)).to.deep.equal([10, 2]);
    expect(sea.waves.cancelled).to.equal(0);
  });

  it('that are refused are sent again later: as the master says, or after a while that doubles up to ten seconds', async () => {
    const sea = new Sea();
    sea.waves.want(tiles(2));
    const waits = [];
    for (let at = 0; at < 7; at++) {
      sea.opened[at]?.end(new WaveRefused('the queue is full', at === 0 ? 3000 : 0));
      await settled();
      expect(sea.trouble).to.equal('the queue is full');
      expect(sea.opened, 'nothing is sent during a pause').to.have.length(at + 1);
      sea.waves.want(tiles(2));
      expect(sea.opened).to.have.length(at + 1);
      waits.push(sea.pauses[at]?.ms);
      sea.pauses[at]?.then();
    }
    expect(waits).to.deep.equal([3000, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    await sea.finish(sea.opened[7]);
    expect(sea.here.size).to.equal(2);
    expect(sea.trouble, 'all is well again').to.equal(undefined);
  });

  it('that break off, or fail in part, bring what came, and the rest is asked for again', async () => {
    const sea = new Sea();
    sea.waves.want(tiles(3));
    sea.opened[0]?.send({ index: 0, result: 'r', slave: 's' });
    sea.opened[0]?.send({ index: 1, problem: 'A tile failed: it is late' });
    sea.opened[0]?.end();
    await settled();
    expect(sea.trouble).to.equal('A tile failed: it is late');
    expect(sea.pauses[0]?.ms, 'soon, since something came').to.equal(500);
    sea.pauses[0]?.then();
    expect(sea.opened[1]?.tiles.map(({ column }) => column)).to.deep.equal([1, 2]);
    sea.opened[1]?.end();
    await settled();
    expect(sea.trouble).to.equal('The answer of the master broke off.');
    sea.waves.retryNow();
    expect(sea.opened, 'a pause can be ended').to.have.length(3);
    sea.pauses[1]?.then();
    expect(sea.opened, 'and its end counts no more').to.have.length(3);
    sea.opened[2]?.end(new TypeError('fetch failed'));
    await settled();
    expect(sea.trouble).to.equal('The master does not answer.');
  });

  it('say what is wrong with a tile while others are still out', async () => {
    const sea = new Sea();
    sea.waves.want(tiles(2));
    sea.opened[0]?.send({ index: 1, problem: 'the queue is full' });
    await settled();
    expect(sea.trouble).to.equal('the queue is full');
    expect(sea.opened).to.have.length(1);
    await sea.finish(sea.opened[0]);
  });

  it('that bring nothing but tiles that are no good are failures: named, and sent again later and later', async () => {
    const sea = new Sea();
    sea.waves.want(tiles(2));
    for (let at = 0; at < 4; at++) {
      for (const index of [0, 1]) sea.opened[at]?.send({ index, result: BAD, slave: 's2' });
      sea.opened[at]?.end();
      await settled();
      expect(sea.opened, 'nothing is sent during a pause').to.have.length(at + 1);
      expect(sea.trouble).to.equal('s2 lies');
      sea.pauses[at]?.then();
      expect(sea.trouble, 'until something good comes').to.equal('s2 lies');
    }
    expect(sea.pauses.map(({ ms }) => ms)).to.deep.equal([500, 1000, 2000, 4000]);
    await sea.finish(sea.opened[4]);
    expect(sea.here.size).to.equal(2);
    expect(sea.trouble).to.equal(undefined);
  });

  it('on hold bring what is out, and nothing more is asked for until they go on', async () => {
    const sea = new Sea();
    sea.waves.want(tiles(WAVE_TILES + 3));
    sea.waves.hold();
    expect(sea.opened[0]?.signal.aborted).to.equal(false);
    await sea.finish(sea.opened[0]);
    sea.waves.want(tiles(WAVE_TILES + 4));
    sea.waves.retryNow();
    expect(sea.here.size).to.equal(WAVE_TILES);
    expect(sea.opened).to.have.length(1);
    sea.waves.goOn();
    expect(sea.opened[1]?.tiles).to.have.length(4);
  });

  it('hang up however they end: an answer that is not read on would hold its connection', async () => {
    const sea = new Sea();
    sea.waves.want(tiles(2));
    sea.opened[0]?.end(new WaveRefused('The answer of the master is not what was expected.'));
    await settled();
    expect(sea.opened[0]?.signal.aborted).to.equal(true);
    expect(sea.waves.cancelled, 'nobody gave it up').to.equal(0);
    sea.waves.retryNow();
    await sea.finish(sea.opened[1]);
    expect(sea.here.size).to.equal(2);
  });

  it('can all be given up', async () => {
    const sea = new Sea();
    sea.waves.want(tiles(4));
    sea.waves.giveUp();
    await settled();
    expect(sea.opened[0]?.signal.aborted).to.equal(true);
    expect(sea.waves.out).to.equal(0);
  });
});

describe('the lines of a wave', () => {
  it('are put together from pieces', () => {
    const splitter = new LineSplitter();
    expect(splitter.push('{"a"')).to.deep.equal([]);
    expect(splitter.push(':1}\n{"b":2}\n{')).to.deep.equal(['{"a":1}', '{"b":2}']);
    expect(splitter.push('}\n\n')).to.deep.equal(['{}']);
  });

  it('have an end', () => {
    const splitter = new LineSplitter();
    expect(() => {
      for (let i = 0; i < 20; i++) splitter.push('x'.repeat(100_000));
    }).to.throw(WaveRefused);
  });

  it('are a tile, or say why there is none', () => {
    expect(readLine('{"index":3,"result":"AAA=","slave":"s1","state":"done"}')).to.deep.equal({
      index: 3,
      result: 'AAA=',
      slave: 's1',
    });
    expect(readLine('{"index":3,"error":{"detail":"the queue is full"}}')).to.deep.equal({
      index: 3,
      problem: 'A tile failed: the queue is full',
    });
    for (const wrong of ['', 'x', 'null', '[]', '{"index":"3"}']) expect(() => readLine(wrong)).to.throw(WaveRefused);
  });
});
