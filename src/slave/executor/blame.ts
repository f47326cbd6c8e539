// Whose doing it is when something ends a thread, or tries to. A task may leave timers, promises and sockets behind that throw long
// after it has ended, while another one waits there for something of its own. So each task's code carries the task with it.
import { AsyncLocalStorage } from 'node:async_hooks';

export class Blame<T> {
  readonly #storage = new AsyncLocalStorage<T>();
  #current: T | undefined;
  /** Whose microtask is throwing: Node has left its context by the time that it asks. */
  #thrower: T | undefined;

  constructor() {
    const enqueue = globalThis.queueMicrotask;
    globalThis.queueMicrotask = (callback) => {
      const owner = this.#storage.getStore();
      if (owner === undefined || typeof callback !== 'function') enqueue(callback);
      else enqueue(() => this.#runMicrotask(owner, callback));
    };
  }

  /** Runs `body` as this task, which is the one that runs from now on until `end`. */
  run<R>(task: T, body: (task: T) => R): R {
    this.#current = task;
    return this.#storage.run(task, body, task);
  }

  /** The task that ran has ended; what it does from now on is late. */
  end(): void {
    this.#current = undefined;
  }

  /** The task whose code runs now, or has just thrown, if that task has ended; undefined for the one that runs, and when unknown. */
  late(): T | undefined {
    const task = this.#thrower ?? this.#storage.getStore();
    this.#thrower = undefined;
    return task === this.#current ? undefined : task;
  }

  #runMicrotask(owner: T, callback: () => void): void {
    this.#thrower = owner;
    callback();
    this.#thrower = undefined;
  }
}
