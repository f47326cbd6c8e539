// Members in the order of a three-part key, with the greatest headroom of each subtree: "the first in order that has room for
// this weight" costs O(log n), also when most members are full. The task queue keeps its tasks in one too. A treap (Seidel and
// Aragon, 1996) in typed arrays; the priority is a hash of the slot, so the shape needs no random generator. A plain heap degrades
// when its best members have no room.

/** No member. */
export const NONE = -1;
const INITIAL_CAPACITY = 64;
/** A treap of a billion nodes is expected to stay under 130 deep. */
const DEPTH_MAX = 512;

export class OrderedIndex {
  #left = new Int32Array(0);
  #right = new Int32Array(0);
  #priority = new Uint32Array(0);
  #present = new Uint8Array(0);
  #keys = new Float64Array(0);
  #room = new Float64Array(0);
  #roomBelow = new Float64Array(0);
  readonly #path = new Int32Array(DEPTH_MAX);
  #root = NONE;
  #splitLeft = NONE;
  #splitRight = NONE;
  size = 0;

  /** Puts `slot` (a small integer, the caller's name for a member) where its key belongs, or moves it there. */
  set(slot: number, primary: number, secondary: number, tertiary: number, room: number): void {
    if (slot >= this.#present.length) this.#grow(slot + 1);
    const at = slot * 3;
    const keys = this.#keys;
    if (this.#present[slot] === 1) {
      if (keys[at] === primary && keys[at + 1] === secondary && keys[at + 2] === tertiary) {
        this.#setRoom(slot, room);
        return;
      }
      this.remove(slot);
    }
    keys[at] = primary;
    keys[at + 1] = secondary;
    keys[at + 2] = tertiary;
    this.#room[slot] = room;
    this.#insert(slot);
  }

  /** Takes `slot` out; harmless when it is not in. */
  remove(slot: number): void {
    if (this.#present[slot] !== 1) return;
    const depth = this.#pathTo(slot);
    this.#relink(depth, slot, this.#merge(this.#left[slot] as number, this.#right[slot] as number));
    this.#present[slot] = 0;
    this.size--;
    this.#refreshPath(depth);
  }

  /** The greatest room of all; -Infinity when it is empty. */
  get greatestRoom(): number {
    return this.#roomOf(this.#root);
  }

  has(slot: number): boolean {
    return this.#present[slot] === 1;
  }

  /** The first slot in key order with at least `weight` of room, or NONE. */
  first(weight: number): number {
    return this.#firstIn(this.#root, weight);
  }

  /** The primary key of a slot that is in. */
  primaryOf(slot: number): number {
    return this.#keys[slot * 3] as number;
  }

  /** Whether the secondary and tertiary keys of `a` come before those of `b`; both are in. */
  restBefore(a: number, b: number): boolean {
    return this.#before(a, b, 1);
  }

  /** The first `count` slots in key order with room whose primary key is at most `primaryMax`. */
  fitting(weight: number, primaryMax: number, count: number): number[] {
    const found: number[] = [];
    this.#collect(this.#root, weight, primaryMax, count, found);
    return found;
  }

  /** The slots in key order, for whoever looks at the first few. Nothing may be changed meanwhile. */
  *slots(): Generator<number> {
    const above: number[] = [];
    let node = this.#root;
    while (node !== NONE || above.length > 0) {
      for (; node !== NONE; node = this.#left[node] as number) above.push(node);
      const next = above.pop() as number;
      yield next;
      node = this.#right[next] as number;
    }
  }

  /** The first slot in key order with room whose primary key is greater than `primary`, or NONE. */
  firstAfter(primary: number, weight: number): number {
    let node = this.#root;
    let found = NONE;
    let foundRightOf = NONE;
    // Down to the boundary. The nearest node right of it that has room, itself or in its right subtree, is the answer: all that
    // lies nearer was passed and found wanting.
    while (node !== NONE) {
      if ((this.#keys[node * 3] as number) <= primary) {
        node = this.#right[node] as number;
        continue;
      }
      if ((this.#room[node] as number) >= weight) {
        found = node;
      } else if (this.#roomOf(this.#right[node] as number) >= weight) {
        found = NONE;
        foundRightOf = this.#right[node] as number;
      }
      node = this.#left[node] as number;
    }
    return found === NONE ? this.#firstIn(foundRightOf, weight) : found;
  }

  #firstIn(root: number, weight: number): number {
    let node = root;
    while (this.#roomOf(node) >= weight) {
      const left = this.#left[node] as number;
      if (this.#roomOf(left) >= weight) node = left;
      else if ((this.#room[node] as number) >= weight) return node;
      else node = this.#right[node] as number;
    }
    return NONE;
  }

  #collect(node: number, weight: number, primaryMax: number, count: number, found: number[]): void {
    if (node === NONE || this.#roomOf(node) < weight) return;
    this.#collect(this.#left[node] as number, weight, primaryMax, count, found);
    if (found.length >= count || this.primaryOf(node) > primaryMax) return;
    if ((this.#room[node] as number) >= weight) found.push(node);
    this.#collect(this.#right[node] as number, weight, primaryMax, count, found);
  }

  #roomOf(node: number): number {
    return node === NONE ? -Infinity : (this.#roomBelow[node] as number);
  }

  #before(a: number, b: number, from = 0): boolean {
    const keys = this.#keys;
    for (let part = from; part < 3; part++) {
      const left = keys[a * 3 + part] as number;
      const right = keys[b * 3 + part] as number;
      if (left !== right) return left < right;
    }
    return false;
  }

  #insert(slot: number): void {
    const room = this.#room[slot] as number;
    const priority = this.#priority[slot] as number;
    let depth = 0;
    let node = this.#root;
    let parent = NONE;
    let goesLeft = false;
    while (node !== NONE && (this.#priority[node] as number) >= priority) {
      if ((this.#roomBelow[node] as number) < room) this.#roomBelow[node] = room;
      parent = node;
      goesLeft = this.#before(slot, node);
      node = (goesLeft ? this.#left[node] : this.#right[node]) as number;
      depth++;
    }
    this.#split(node, slot);
    this.#left[slot] = this.#splitLeft;
    this.#right[slot] = this.#splitRight;
    this.#refresh(slot);
    if (depth === 0) this.#root = slot;
    else if (goesLeft) this.#left[parent] = slot;
    else this.#right[parent] = slot;
    this.#present[slot] = 1;
    this.size++;
  }

  #setRoom(slot: number, room: number): void {
    if (this.#room[slot] === room) return;
    const depth = this.#pathTo(slot);
    this.#room[slot] = room;
    this.#refresh(slot);
    this.#refreshPath(depth);
  }

  /** Fills `#path` with the nodes above `slot`, root first; returns how many there are. */
  #pathTo(slot: number): number {
    let depth = 0;
    for (let node = this.#root; node !== slot; depth++) {
      this.#path[depth] = node;
      node = (this.#before(slot, node) ? this.#left[node] : this.#right[node]) as number;
    }
    return depth;
  }

  #relink(depth: number, from: number, to: number): void {
    if (depth === 0) {
      this.#root = to;
      return;
    }
    const parent = this.#path[depth - 1] as number;
    if (this.#left[parent] === from) this.#left[parent] = to;
    else this.#right[parent] = to;
  }

  #refreshPath(depth: number): void {
    for (let i = depth - 1; i >= 0; i--) {
      if (!this.#refresh(this.#path[i] as number)) return;
    }
  }

  /** Recomputes the greatest room of one subtree; false when it did not change. */
  #refresh(node: number): boolean {
    let room = this.#room[node] as number;
    const left = this.#roomOf(this.#left[node] as number);
    const right = this.#roomOf(this.#right[node] as number);
    if (left > room) room = left;
    if (right > room) room = right;
    if (this.#roomBelow[node] === room) return false;
    this.#roomBelow[node] = room;
    return true;
  }

  /** Splits a subtree into what comes before `slot` and what comes after, left in `#splitLeft` and `#splitRight`. */
  #split(node: number, slot: number): void {
    if (node === NONE) {
      this.#splitLeft = NONE;
      this.#splitRight = NONE;
    } else if (this.#before(node, slot)) {
      this.#split(this.#right[node] as number, slot);
      this.#right[node] = this.#splitLeft;
      this.#refresh(node);
      this.#splitLeft = node;
    } else {
      this.#split(this.#left[node] as number, slot);
      this.#left[node] = this.#splitRight;
      this.#refresh(node);
      this.#splitRight = node;
    }
  }

  #merge(left: number, right: number): number {
    if (left === NONE) return right;
    if (right === NONE) return left;
    if ((this.#priority[left] as number) >= (this.#priority[right] as number)) {
      this.#right[left] = this.#merge(this.#right[left] as number, right);
      this.#refresh(left);
      return left;
    }
    this.#left[right] = this.#merge(left, this.#left[right] as number);
    this.#refresh(right);
    return right;
  }

  #grow(slots: number): void {
    const before = this.#present.length;
    const capacity = Math.max(INITIAL_CAPACITY, before * 2, slots);
    this.#left = grown(this.#left, new Int32Array(capacity));
    this.#right = grown(this.#right, new Int32Array(capacity));
    this.#priority = grown(this.#priority, new Uint32Array(capacity));
    this.#present = grown(this.#present, new Uint8Array(capacity));
    this.#keys = grown(this.#keys, new Float64Array(capacity * 3));
    this.#room = grown(this.#room, new Float64Array(capacity));
    this.#roomBelow = grown(this.#roomBelow, new Float64Array(capacity));
    for (let slot = before; slot < capacity; slot++) this.#priority[slot] = hash32(slot);
  }
}

function grown<A extends Int32Array | Uint32Array | Uint8Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** The finaliser of MurmurHash3 (Appleby, public domain): neighbouring slots get unrelated priorities. */
function hash32(value: number): number {
  let hash = Math.imul(value + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
