// Ties the page together: gestures move the camera, the camera says which tiles are wanted, waves bring them, the painter draws, and what
// people should know goes to `onStatus`.
import { watchShown } from '../feed/presence.ts';
import { Camera } from './camera.ts';
import { watchCluster, type ClusterState } from './cluster-watch.ts';
import { Painter, type ReadyTile } from './painter.ts';
import { decodeValues, type PaletteName } from './palette.ts';
import {
  areaOf,
  fromHash,
  grown,
  homeView,
  TILE_SIZE,
  tilesOf,
  toHash,
  touches,
  type Size,
  type Tile,
  type View,
} from './plane.ts';
import { Rates, type Rate } from './rates.ts';
import { SlaveColours, type SlaveColour } from './slave-colours.ts';
import { TileCache } from './tile-cache.ts';
import { requestWave } from './wave-request.ts';
import { Waves } from './waves.ts';

/** Four pictures of a window of the greatest size: 96 KiB each. */
const TILES_MAX = 1024;
/** More device pixels than these are not drawn: the picture is scaled up. */
const PIXELS_MAX = 4_000_000;
const PIXEL_RATIO_MAX = 2;
/** While the view moves, waves are looked at so often. */
const ASK_EVERY_MS = 80;
const STATUS_EVERY_MS = 250;
/** The address follows the view when it has rested for so long: browsers bear few changes a second. */
const HASH_AFTER_MS = 250;

/** In a window as wide as this the whole set stands beside the panel, not below it. */
const WIDE_PX = 900;
const PANEL_PX = 324;

export interface SlaveStatus extends Rate {
  readonly name: string;
  readonly colour: SlaveColour;
  /** In the cluster now. */
  readonly isHere: boolean;
}

export interface Status {
  readonly view: View;
  readonly tilesReady: number;
  readonly tilesWanted: number;
  /** How long the picture took, or has taken so far. */
  readonly pictureMs: number;
  readonly cancelled: number;
  readonly all: Rate;
  readonly slaves: readonly SlaveStatus[];
  /** Undefined before the first answer. */
  readonly cluster: ClusterState | undefined;
  readonly trouble: string | undefined;
}

export interface Canvases {
  readonly stage: HTMLElement;
  readonly picture: HTMLCanvasElement;
  readonly overlay: HTMLCanvasElement;
}

export class Explorer {
  readonly camera: Camera;
  readonly #canvases: Canvases;
  readonly #onStatus: (status: Status) => void;
  readonly #tiles = new TileCache<ReadyTile>(TILES_MAX);
  readonly #rates = new Rates();
  readonly #colours = new SlaveColours();
  readonly #painter: Painter;
  readonly #waves: Waves;
  #wanted: readonly Tile[] = [];
  #wantedFor = '';
  #askedMs = -Infinity;
  #picture = { startedMs: 0, ms: 0, isComplete: false };
  #cluster: ClusterState | undefined;
  #trouble: string | undefined;
  #edges = true;
  #isFrameDue = false;
  #ratio = 1;
  #hashTimer = 0;

  constructor(canvases: Canvases, onStatus: (status: Status) => void) {
    this.#canvases = canvases;
    this.#onStatus = onStatus;
    const size = this.#fit();
    this.camera = new Camera(fromHash(location.hash) ?? this.#home(size), size);
    const { picture, overlay } = canvases;
    this.#painter = new Painter(picture, overlay, this.#tiles, (slave) => this.#colours.of(slave));
    this.#waves = new Waves({
      open: requestWave,
      has: ({ key }) => this.#tiles.has(key),
      isNeeded: (tile) => this.#isNeeded(tile),
      arrived: (tile, result, slave) => this.#arrived(tile, result, slave),
      trouble: (text) => (this.#trouble = text),
      after: (ms, then) => setTimeout(then, ms),
    });
    new ResizeObserver(() => {
      this.camera.resize(this.#fit());
      this.redraw();
    }).observe(canvases.stage);
    // Not location.hash: between the change and its event the address may have followed the view again.
    addEventListener('hashchange', ({ newURL }) => this.goTo(fromHash(new URL(newURL).hash)));
    watchShown(document, window, (isShown) => (isShown ? this.#waves.goOn() : this.#waves.hold()));
    setInterval(() => this.#tell(), STATUS_EVERY_MS);
    watchCluster(
      (state) => this.#clusterIs(state),
      () => !document.hidden,
    );
    this.redraw();
  }

  /** Device pixels per CSS pixel. */
  get ratio(): number {
    return this.#ratio;
  }

  set palette(name: PaletteName) {
    this.#painter.palette = name;
    this.redraw();
  }

  set edges(shown: boolean) {
    this.#edges = shown;
    this.redraw();
  }

  /** Home when nothing is given. */
  goTo(view: View | undefined): void {
    this.camera.goTo(view ?? this.#home(this.camera.size));
    this.redraw();
  }

  /** By whole levels, towards the middle unless a pixel is given. */
  zoom(levels: number, at?: { readonly x: number; readonly y: number }): void {
    const { width, height } = this.camera.size;
    this.camera.step(levels, at?.x ?? Math.floor(width / 2), at?.y ?? Math.floor(height / 2), performance.now());
    this.redraw();
  }

  /** Draws with the next frame, and asks for what is missing. */
  redraw(): void {
    if (this.#isFrameDue) return;
    this.#isFrameDue = true;
    requestAnimationFrame((nowMs) => this.#frame(nowMs));
  }

  #frame(nowMs: number): void {
    this.#isFrameDue = false;
    const isMoving = this.camera.tick(nowMs);
    const isAsked = this.#ask(nowMs);
    this.#painter.drawPicture(this.camera);
    const width = this.#edges ? Math.max(2, Math.round(1.5 * this.#ratio)) : 0;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const shines = this.#painter.drawEdges(this.camera, nowMs, width, !calm);
    if (!this.#picture.isComplete && isAsked && this.#missing() === 0) {
      this.#picture = { ...this.#picture, ms: performance.now() - this.#picture.startedMs, isComplete: true };
      this.#tell();
    }
    if (isMoving || shines || !isAsked) this.redraw();
  }

  /** Returns false when it is too early to ask for what is wanted now. */
  #ask(nowMs: number): boolean {
    const { view, wanted } = this.camera;
    const wantedFor = this.#shownAtRest();
    if (wantedFor === this.#wantedFor) return true;
    const wasComplete = this.#picture.isComplete;
    this.#picture.isComplete = false;
    if (nowMs - this.#askedMs < ASK_EVERY_MS) {
      if (wasComplete) this.#tell();
      return false;
    }
    this.#askedMs = nowMs;
    this.#wantedFor = wantedFor;
    this.#wanted = tilesOf(view.level, wanted);
    this.#picture.startedMs = performance.now();
    this.#waves.want(this.#wanted);
    this.#tell();
    clearTimeout(this.#hashTimer);
    this.#hashTimer = setTimeout(() => history.replaceState(null, '', toHash(this.camera.view)), HASH_AFTER_MS);
    return true;
  }

  /** What the camera is at, as a text to compare. */
  #shownAtRest(): string {
    const { view, size } = this.camera;
    return `${toHash(view)} ${size.width.toString()} ${size.height.toString()}`;
  }

  /** Also a little outside the window, so that a slow drag does not cancel again and again. */
  #isNeeded(tile: Tile): boolean {
    const { view, size } = this.camera;
    return tile.level === view.level && touches(tile, grown(areaOf(view, size), TILE_SIZE / 2));
  }

  #arrived(tile: Tile, result: string, slave: string): string | undefined {
    const values = decodeValues(result, TILE_SIZE ** 2);
    if (values === undefined) {
      return `Slave ${slave} sends tiles of the wrong length: update Lanyard there, or stop it.`;
    }
    const nowMs = performance.now();
    this.#tiles.set(tile.key, { values, slave, arrivedMs: nowMs });
    this.#rates.add(slave, nowMs);
    this.redraw();
    return undefined;
  }

  #clusterIs(state: ClusterState): void {
    const wasLost = this.#cluster?.isLost === true;
    this.#cluster = state;
    for (const name of state.slaves) this.#colours.of(name);
    if (state.isLost) this.#waves.giveUp();
    else if (wasLost) {
      this.#trouble = undefined;
      this.#waves.retryNow();
    }
    this.#tell();
  }

  #home(size: Size): View {
    return homeView(size, innerWidth >= WIDE_PX ? PANEL_PX * this.#ratio : 0);
  }

  #missing(): number {
    return this.#wanted.reduce((sum, { key }) => sum + (this.#tiles.has(key) ? 0 : 1), 0);
  }

  #tell(): void {
    const nowMs = performance.now();
    const { ms, startedMs } = this.#picture;
    // Between a move and the next frame the picture is of another view.
    const isComplete = this.#picture.isComplete && this.#wantedFor === this.#shownAtRest();
    const here = this.#cluster?.slaves ?? [];
    const names = [...new Set([...here, ...this.#rates.names()])];
    this.#onStatus({
      view: this.camera.view,
      // What is not drawn yet is not ready.
      tilesReady: isComplete ? this.#wanted.length : Math.max(0, this.#wanted.length - Math.max(1, this.#missing())),
      tilesWanted: this.#wanted.length,
      pictureMs: isComplete ? ms : nowMs - startedMs,
      cancelled: this.#waves.cancelled,
      all: this.#rates.all(nowMs),
      slaves: names.map((name) => ({
        name,
        colour: this.#colours.of(name),
        isHere: here.includes(name),
        ...this.#rates.of(name, nowMs),
      })),
      cluster: this.#cluster,
      trouble: this.#trouble,
    });
  }

  /** Gives the canvases as many pixels as their place has, within bounds. */
  #fit(): Size {
    const { stage, picture, overlay } = this.#canvases;
    const { clientWidth, clientHeight } = stage;
    const bound = Math.sqrt(PIXELS_MAX / Math.max(1, clientWidth * clientHeight));
    this.#ratio = Math.min(devicePixelRatio, PIXEL_RATIO_MAX, bound);
    const size = {
      width: Math.max(1, Math.floor(clientWidth * this.#ratio)),
      height: Math.max(1, Math.floor(clientHeight * this.#ratio)),
    };
    for (const canvas of [picture, overlay]) Object.assign(canvas, size);
    return size;
  }
}
