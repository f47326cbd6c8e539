// The same work in every case: so many tasks, so many in flight, each answer checked and timed.
import { BURN_STEPS_PER_MS, burnSteps } from '../../src/common/task-types/built-in/burn.ts';
import { request } from '../../test/support/http.ts';
import { sleep } from '../../test/support/wait.ts';

export const TASKS = 1000;
export const TASK_MS = 20;
export const IN_FLIGHT = 32;
/** Long enough for every fault: one that takes longer has hung. */
const HANG_MS = 60_000;
const AGAIN_MS = 50;

const EXPECTED = burnSteps(1, TASK_MS * BURN_STEPS_PER_MS);

/** Times are of performance.now(). */
export interface Answered {
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly verdict: 'right' | 'errored' | 'never';
  /** Of what errored. */
  readonly why: string;
  readonly id: string;
  readonly slave: string;
  readonly attempts: number;
  /** From its admission until it was sent to the slave that answered. */
  readonly queuedMs: number;
}

export interface StreamOptions {
  readonly url: string;
  readonly tasks?: number;
  /** Whether a request that failed so was never accepted: then it is sent again. */
  readonly wasNotAccepted?: (sentMs: number, why: string) => boolean;
}

/** Sends them all and waits for every answer. */
export async function runStream({ url, tasks = TASKS, wasNotAccepted }: StreamOptions): Promise<Answered[]> {
  const answers: Answered[] = [];
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < tasks) {
      next++;
      let answer = await ask(url);
      while (answer.verdict === 'errored' && wasNotAccepted?.(answer.sentMs, answer.why) === true) {
        await sleep(AGAIN_MS);
        answer = await ask(url);
      }
      answers.push(answer);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, line));
  return answers;
}

interface TaskBody {
  readonly id: string;
  readonly result: unknown;
  readonly slave: string;
  readonly attempts: number;
  readonly queuedMs: number;
}

async function ask(url: string): Promise<Answered> {
  const sentMs = performance.now();
  const common = { sentMs, why: '', id: '', slave: '', attempts: 0, queuedMs: 0 };
  const end = (rest: Pick<Answered, 'verdict'> & Partial<Answered>): Answered => ({
    ...common,
    answeredMs: performance.now(),
    ...rest,
  });
  try {
    const headers = { accept: 'application/json' };
    const signal = AbortSignal.timeout(HANG_MS);
    const { status, body } = await request(`${url}/task?type=burn&ms=${TASK_MS}`, { headers, signal });
    if (status !== 200) return end({ verdict: 'errored', why: `HTTP ${status} ${body}` });
    const { result, ...task } = JSON.parse(body) as TaskBody;
    const isRight = result === EXPECTED;
    return end({ ...task, verdict: isRight ? 'right' : 'errored', why: isRight ? '' : `wrong: ${String(result)}` });
  } catch (error) {
    const hangs = performance.now() - sentMs >= HANG_MS;
    return end({ verdict: hangs ? 'never' : 'errored', why: String(error) });
  }
}
