// Tasks with the answers that the test computes itself, and the check that they came back right.
import { expect } from 'chai';
import { backwards, fibonacci } from '../reference.ts';
import type { HttpAnswer } from './http-client.ts';

/** A task as a URL, and its only right answer. */
export interface Question {
  readonly path: string;
  readonly expected: string;
}

/** What came back, and how it was come by. */
export interface TaskAnswer extends HttpAnswer {
  readonly question: Question;
  /** The task's result; undefined when there was an error. */
  readonly result: string | undefined;
  /** Name of the slave that answered. */
  readonly slave: string;
  readonly attempts: number;
  readonly tookMs: number;
}

/** fib(n), exact. */
export function fib(n: number): Question {
  return { path: `/task?type=fib&n=${n.toString()}`, expected: fibonacci(n).toString() };
}

/** The text backwards, after `workMs` of sleep in the slave's only thread. */
export function reverse(text: string, workMs: number): Question {
  const path = `/task?type=reverse&text=${encodeURIComponent(text)}&workMs=${workMs.toString()}`;
  return { path, expected: backwards(text) };
}

/** The same question, with a time limit such as `20s` of its own. */
export function within(timeout: string, { path, expected }: Question): Question {
  return { path: `${path}&timeout=${timeout}`, expected };
}

export function readAnswer(question: Question, answer: HttpAnswer): TaskAnswer {
  const tookMs = answer.answeredAtMs - answer.sentAtMs;
  const common = { ...answer, question, tookMs };
  if (answer.status !== 200)
    return { ...common, result: undefined, slave: answer.headers['x-slave'] ?? '', attempts: 0 };
  const { result, slave, attempts } = JSON.parse(answer.body) as { result: string; slave: string; attempts: number };
  return { ...common, result, slave, attempts };
}

/** Fails unless every answer is 200 with the right result. */
export function expectAllRight(answers: readonly TaskAnswer[]): void {
  const wrong = answers.filter(({ status, result, question }) => status !== 200 || result !== question.expected);
  const shown = wrong.slice(0, 5).map(({ question, status, body }) => `${question.path}: ${status.toString()} ${body}`);
  expect(shown, `${wrong.length.toString()} of ${answers.length.toString()} answers are wrong`).to.deep.equal([]);
}
