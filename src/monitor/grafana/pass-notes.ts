// What one pass did and met, gathered while it runs.
import type { Answer } from './transport.ts';
import { leftAlone, type Trouble } from './trouble.ts';

export interface PassResult {
  /** What was written: "made data source Lanyard lanyard". */
  readonly writes: readonly string[];
  /** What went wrong; none when Grafana is in order. */
  readonly troubles: readonly Trouble[];
  /** What has a uid of ours and is left as it is: no failure, but a person should know. */
  readonly leftAlone: readonly Trouble[];
}

export class PassNotes implements PassResult {
  readonly writes: string[] = [];
  readonly troubles: Trouble[] = [];
  readonly leftAlone: Trouble[] = [];

  /** Whether anything more in this pass would fail in the same way. */
  get hopeless(): boolean {
    return this.troubles.some(({ hopeless }) => hopeless);
  }

  wrote(what: string): void {
    this.writes.push(what);
  }

  trouble(trouble: Trouble): void {
    // A provisioned thing that could not be written is one that we leave as it is.
    if (trouble.kind === 'read-only' || trouble.kind === 'plugin-board') this.leftAlone.push(trouble);
    else this.troubles.push(trouble);
  }

  /** Whether `answer` is good; notes its trouble when it is not. */
  done(answer: Answer<unknown>): boolean {
    if (!answer.ok) this.trouble(answer.trouble);
    return answer.ok;
  }

  left(what: 'data source' | 'board', uid: string, why: 'read-only' | 'not-ours'): void {
    this.leftAlone.push(leftAlone(what, uid, why));
  }
}
