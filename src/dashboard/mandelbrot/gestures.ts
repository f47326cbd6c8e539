// Wheel, pointers and keys to moves of the camera.
import type { Explorer } from './explorer.ts';

/** A mouse wheel's notch is at least this; touchpads send less, more often. */
const NOTCH = 60;
const NOTCH_EVERY_MS = 70;
/** What a touchpad scrolls, and what its pinch sends, for one level. */
const SCROLL_PER_LEVEL = 160;
const PINCH_PER_LEVEL = 60;
const SETTLE_AFTER_MS = 140;
/** Part of the window that an arrow key moves by; with Shift more. */
const ARROW_PART = 0.125;
const ARROW_PART_SHIFT = 0.5;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface Point {
  readonly x: number;
  readonly y: number;
}

export function listenToGestures(stage: HTMLElement, explorer: Explorer): void {
  listenToWheel(stage, explorer);
  listenToPointers(stage, explorer);
  addEventListener('keydown', (event) => onKey(event, explorer));
  stage.addEventListener('dblclick', (event) => explorer.zoom(event.shiftKey ? -1 : 1, pointOf(event, explorer)));
}

function pointOf({ clientX, clientY }: MouseEvent, { ratio }: Explorer): Point {
  return { x: Math.round(clientX * ratio), y: Math.round(clientY * ratio) };
}

function listenToWheel(stage: HTMLElement, explorer: Explorer): void {
  let timer = 0;
  let notchMs = -Infinity;
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const { deltaY, deltaMode, ctrlKey, timeStamp } = event;
    if (deltaY === 0) return;
    const at = pointOf(event, explorer);
    if (!ctrlKey && (deltaMode !== WheelEvent.DOM_DELTA_PIXEL || Math.abs(deltaY) >= NOTCH)) {
      if (timeStamp - notchMs < NOTCH_EVERY_MS) return;
      notchMs = timeStamp;
      explorer.zoom(-Math.sign(deltaY), at);
      return;
    }
    explorer.camera.zoomBy(-deltaY / (ctrlKey ? PINCH_PER_LEVEL : SCROLL_PER_LEVEL), at.x, at.y);
    explorer.redraw();
    clearTimeout(timer);
    timer = setTimeout(() => settle(explorer), SETTLE_AFTER_MS);
  };
  stage.addEventListener('wheel', onWheel, { passive: false });
}

function settle(explorer: Explorer): void {
  explorer.camera.settle(performance.now());
  explorer.redraw();
}

/** One pointer drags, two pinch. */
function listenToPointers(stage: HTMLElement, explorer: Explorer): void {
  const pointers = new Map<number, Point>();
  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, pointOf(event, explorer));
    stage.classList.add('dragged');
  };
  const onMove = (event: PointerEvent): void => {
    const from = pointers.get(event.pointerId);
    if (from === undefined) return;
    const to = pointOf(event, explorer);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, to);
    if (other === undefined) explorer.camera.pan(from.x - to.x, from.y - to.y);
    else pinch(explorer, other, from, to);
    explorer.redraw();
  };
  const onUp = ({ pointerId }: PointerEvent): void => {
    if (!pointers.delete(pointerId)) return;
    if (pointers.size > 0) return;
    stage.classList.remove('dragged');
    settle(explorer);
  };
  stage.addEventListener('pointerdown', onDown);
  stage.addEventListener('pointermove', onMove);
  stage.addEventListener('pointerup', onUp);
  stage.addEventListener('pointercancel', onUp);
}

/** The finger at `other` rests while one goes from here to there: half the way is a drag, and the distance a zoom. */
function pinch(explorer: Explorer, other: Point, from: Point, to: Point): void {
  const before = Math.hypot(from.x - other.x, from.y - other.y);
  const after = Math.hypot(to.x - other.x, to.y - other.y);
  if (before < 1 || after < 1) return;
  explorer.camera.pan((from.x - to.x) / 2, (from.y - to.y) / 2);
  explorer.camera.zoomBy(Math.log2(after / before), (to.x + other.x) / 2, (to.y + other.y) / 2);
}

function onKey(event: KeyboardEvent, explorer: Explorer): void {
  const { key, target, shiftKey } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || target instanceof HTMLSelectElement) return;
  const arrow = ARROWS[key];
  if (isScrolled(target) && (arrow !== undefined || key === 'Home')) return;
  if (arrow !== undefined) {
    const { width, height } = explorer.camera.size;
    const part = shiftKey ? ARROW_PART_SHIFT : ARROW_PART;
    explorer.camera.pan(Math.round(arrow[0] * width * part), Math.round(arrow[1] * height * part));
    explorer.redraw();
  } else if (key === '+' || key === '=') explorer.zoom(1);
  else if (key === '-' || key === '_') explorer.zoom(-1);
  else if (key === 'Home' || key === '0') explorer.goTo(undefined);
  else return;
  event.preventDefault();
}

/** The list of slaves is scrolled by these keys. */
function isScrolled(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.slaves') !== null;
}
