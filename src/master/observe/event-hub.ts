// What happens in the cluster, told to whoever listens: members' and tasks' changes. Events are built only while somebody does.
import type { Attempt } from '../dispatch/attempts.ts';
import type { TaskObserver, ToldEvent } from '../dispatch/task-observer.ts';
import type { ScaleChange } from '../doors/autoscale-view.ts';
import type { ClusterEvent, TaskView } from '../doors/door.ts';
import type { PoolObserver } from '../pool/pool.ts';
import type { EndWatchers } from '../submissions/end-watchers.ts';
import type { Task, TaskAnswer } from '../tasks/task.ts';

export type EventListener = (event: ClusterEvent) => void;

export class EventHub implements TaskObserver, PoolObserver {
  readonly #listeners = new Set<EventListener>();
  readonly #watchers: EndWatchers<TaskView>;
  readonly #viewOf: (task: Task, answer: TaskAnswer) => TaskView;
  readonly #feed: Pick<TaskObserver, 'onEnded'> | undefined;

  /** `watchers` wait for the end of single tasks; `viewOf` is what they are told. `feed` hears of every end. */
  constructor(
    watchers: EndWatchers<TaskView>,
    viewOf: (task: Task, answer: TaskAnswer) => TaskView,
    feed?: Pick<TaskObserver, 'onEnded'>,
  ) {
    this.#watchers = watchers;
    this.#viewOf = viewOf;
    this.#feed = feed;
  }

  get listening(): boolean {
    return this.#listeners.size > 0;
  }

  /** Returns how to stop listening. */
  subscribe(onEvent: EventListener): () => void {
    // A wrapper of its own for each, so that the same function may listen twice.
    const listener: EventListener = (event) => onEvent(event);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onMember(
    { profile }: Parameters<NonNullable<PoolObserver['onMember']>>[0],
    from: string,
    to: string,
    reason: string,
  ): void {
    if (!this.listening || profile.kind !== 'slave') return;
    const { id, name, address } = profile;
    this.#publish({ kind: 'slave', data: { id, name, address, from, to, reason } });
  }

  onTask({ id, type, state, priority, attempts, slave }: Task, event: ToldEvent): void {
    this.#publish({ kind: 'task', data: { id, type, event, state, priority, attempt: attempts, slave } });
  }

  onProgress({ task, number, progressRatio, progressText }: Attempt): void {
    const { id, type, slave } = task;
    const data = { id, type, attempt: number, slave, ratio: progressRatio, message: progressText };
    this.#publish({ kind: 'progress', data });
  }

  onAutoscale(group: string, change: ScaleChange): void {
    if (this.listening) this.#publish({ kind: 'autoscale', data: { group, ...change } });
  }

  onEnded(task: Task, answer: TaskAnswer): void {
    this.#feed?.onEnded(task, answer);
    if (this.#watchers.size > 0) this.#watchers.tell(task.id, () => this.#viewOf(task, answer));
  }

  #publish(event: ClusterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
