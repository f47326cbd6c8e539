// A journal in memory: what it holds is gone with the process.
import type { Ending, Journal, TaskRecord } from './journal.ts';

export class MemoryJournal implements Journal {
  readonly isDurable = false;
  readonly #records = new Map<string, TaskRecord>();

  get size(): number {
    return this.#records.size;
  }

  accept(records: readonly TaskRecord[]): Promise<void> {
    for (const record of records) this.#records.set(record.id, record);
    return Promise.resolve();
  }

  end(id: string, ending: Ending): void {
    const record = this.#records.get(id);
    if (record !== undefined) this.#records.set(id, { ...record, ending });
  }

  read(id: string): TaskRecord | undefined {
    return this.#records.get(id);
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#records.delete(id);
  }

  all(): Iterable<TaskRecord> {
    return this.#records.values();
  }
}
