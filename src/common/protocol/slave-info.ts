// A slave as monitors know it: who it is, where it is reached, and where Prometheus finds its metrics.
import { isAmount, isCount, isIntegerIn, isPlainName, isRecordOf, isText, type Check } from './shapes.ts';

export interface SlaveInfo {
  /** Random per process: its identity. */
  readonly instanceId: string;
  /** As people see it; no two members have the same. */
  readonly name: string;
  /** IPv4 address at which the master reaches it. */
  readonly address: string;
  /** TCP port of its GET /metrics; 0 when it is off. */
  readonly metricsPort: number;
  readonly cores: number;
  readonly concurrency: number;
  readonly maxLoad: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** So many labels a slave may have. */
export const LABELS_MAX = 32;
const isLabelKey = isText(64);
const isLabelValue = isText(256);

export const isLabels: Check = (value) => {
  if (!isRecordOf({})(value)) return false;
  const entries = Object.entries(value as object);
  return entries.length <= LABELS_MAX && entries.every(([key, text]) => isLabelKey(key) && isLabelValue(text));
};

export const isSlaveInfo = isRecordOf({
  instanceId: isPlainName(64),
  name: isPlainName(128),
  address: isText(45),
  metricsPort: isIntegerIn(0, 65535),
  cores: isCount,
  concurrency: isCount,
  maxLoad: isAmount,
  labels: isLabels,
});

const FACTS = ['instanceId', 'name', 'address', 'metricsPort', 'cores', 'concurrency', 'maxLoad'] as const;

/** Whether two infos say the same. */
export function isSameSlave(one: SlaveInfo, other: SlaveInfo): boolean {
  const [labels, others] = [Object.entries(one.labels), other.labels];
  return (
    FACTS.every((fact) => one[fact] === other[fact]) &&
    labels.length === Object.keys(others).length &&
    labels.every(([key, text]) => Object.hasOwn(others, key) && others[key] === text)
  );
}
