// Slaves as Grafana is concerned with them.
import type { ShownSlave } from '../../../src/monitor/grafana/converge.ts';

/** s1, s2 … at 10.77.0.1, 10.77.0.2 … */
export function slaves(...numbers: number[]): ShownSlave[] {
  return numbers.map((n) => ({ name: `s${n}`, address: `10.77.0.${n}`, metricsPort: 9000 + n }));
}
