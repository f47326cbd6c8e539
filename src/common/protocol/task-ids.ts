// Task ids are unique across restarts: the master's instance id, a dash, a counter in base 36.

export function taskId(masterId: string, counter: number): string {
  return `${masterId}-${counter.toString(36)}`;
}

/** Whether a task id was given by another master instance than `masterId`. */
export function isForeignTaskId(id: string, masterId: string): boolean {
  return !id.startsWith(`${masterId}-`);
}
