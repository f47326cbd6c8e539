// What a task type is. The spec is plain data and travels from slave to master; `run` stays on the slave.

/** JSON Schema of the parameters: an object with `properties`. Checked with ajv. */
export type ParameterSchema = Readonly<Record<string, unknown>>;

/** What a task gives back; decides how HTTP shows it. `integer` is a BigInt of any size. */
export type ResultKind = 'integer' | 'number' | 'text' | 'bytes' | 'json';

/** How heavy a task is, as data: a constant, or factor × parameter^power (a string counts its length). Never below 1. */
export type WeightRule =
  { readonly constant: number } | { readonly factor: number; readonly parameter: string; readonly power: number };

export interface TaskTypeSpec {
  readonly name: string;
  /** One sentence for people: what it computes. */
  readonly description: string;
  readonly schema: ParameterSchema;
  readonly resultKind: ResultKind;
  readonly weight: WeightRule;
}

export type Params = Readonly<Record<string, unknown>>;

/** Any JSON value, a BigInt, or bytes. */
export type TaskValue = unknown;

/** What a running task may ask of its surroundings. */
export interface TaskContext {
  /** Says how far the task is: `ratio` from 0 to 1, with a few words if useful. Sent on at most ten times a second. */
  progress(ratio: number, message?: string): void;
}

export interface TaskType<P = Params> extends TaskTypeSpec {
  /** Runs on a worker thread and may block it; may also return a promise. Throwing fails the task with the error's message. */
  run(params: P, context: TaskContext): TaskValue;
}

/** The group that all built-in types form. */
export const COMPUTE_GROUP = 'compute';

/** Fixes the parameter type while writing a task type, then forgets it: the registry holds types of every shape. */
export function defineTaskType<P>(type: Omit<TaskType<P>, 'schema'> & { readonly schema: object }): TaskType {
  return type as unknown as TaskType;
}
