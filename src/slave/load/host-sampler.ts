// CPU and memory use of this machine, sampled once a second in the background through systeminformation.
import { currentLoad, mem } from 'systeminformation';
import type { Log } from '../../common/log.ts';
import type { Clock } from '../../common/time/clock.ts';

const SAMPLE_INTERVAL_MS = 1000;

export class HostSampler {
  readonly #log: Log;
  #sampling = false;
  /** Share of all cores' time that was not idle in the last second, 0 to 1. */
  cpuRatio = 0;
  /** Share of memory in use, 0 to 1; what can be reclaimed counts as free. */
  memoryRatio = 0;

  constructor(clock: Clock, log: Log) {
    this.#log = log;
    clock.every(SAMPLE_INTERVAL_MS, () => void this.#sample());
    void this.#sample();
  }

  async #sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    try {
      const [load, memory] = await Promise.all([currentLoad(), mem()]);
      this.cpuRatio = load.currentLoad / 100;
      this.memoryRatio = (memory.total - memory.available) / memory.total;
    } catch (error) {
      this.#log.debug({ err: error }, 'host not sampled');
    } finally {
      this.#sampling = false;
    }
  }
}
