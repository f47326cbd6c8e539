// How long a client waits for somebody who could do what it asks while nobody could: a task, or a forwarded request.

/** Somebody may come back within this time. */
export const PATIENCE_MS = 2000;
