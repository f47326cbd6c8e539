// Slaves as monitors know them, for tests.
import type { SlaveInfo } from '../../src/common/protocol/slave-info.ts';

/** A slave named by its instance id, unless `rest` says otherwise. */
export function slaveInfo(instanceId: string, rest: Partial<SlaveInfo> = {}): SlaveInfo {
  const machine = { cores: 4, concurrency: 4, maxLoad: 1e11, labels: {} };
  return { instanceId, name: instanceId, address: '10.0.0.1', metricsPort: 9100, ...machine, ...rest };
}
