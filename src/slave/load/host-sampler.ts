// CPU and memory use of this machine, sampled once a second in the background through systeminformation.
import { freemem, totalmem } from 'node:os';
import { currentLoad, mem } from 'systeminformation';
import type { Log } from '../../common/log.ts';
import type { Clock } from '../../common/time/clock.ts';

const SAMPLE_INTERVAL_MS = 1000;

export class HostSampler {
  readonly #log: Log;
  #sampling = false;
  /** Share of all cores' time that was not idle in the last second, 0 to 1. */
  cpuRatio = 0;
  memoryBytes = totalmem();
  /** What can be reclaimed counts as free. */
  memoryUsedBytes = totalmem() - freemem();

  constructor(clock: Clock, log: Log) {
    this.#log = log;
    clock.every(SAMPLE_INTERVAL_MS, () => void this.#sample());
    void this.#sample();
  }

  /** Share of memory in use, 0 to 1. */
  get memoryRatio(): number {
    return this.memoryUsedBytes / this.memoryBytes;
  }

  async #sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    try {
      const [load, memory] = await Promise.all([currentLoad(), mem()]);
      this.cpuRatio = Math.min(Math.max(load.currentLoad / 100, 0), 1) || 0;
      this.memoryBytes = memory.total;
      this.memoryUsedBytes = memory.total - memory.available;
    } catch (error) {
      this.#log.debug({ err: error }, 'host not sampled');
    } finally {
      this.#sampling = false;
    }
  }
}
