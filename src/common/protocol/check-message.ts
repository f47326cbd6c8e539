// What of the messages in messages.ts is checked before anything uses them: the kind and bounds of each field, by position.
import {
  ACKS,
  CPU_LOAD_MAX,
  OUTCOMES,
  SERVICES_MAX,
  SLAVES_PER_MESSAGE_MAX,
  STACK_CHARS_MAX,
  Tag,
  TUNNEL_ROLE,
  WHY_CHARS_MAX,
  type Message,
} from './messages.ts';
import { isPrintable } from '../text/printable.ts';
import { isLabels, isSlaveInfo } from './slave-info.ts';
import {
  fits,
  isAmount,
  isAmountUpTo,
  isAnything,
  isCount,
  isIntegerIn,
  isListOf,
  isOneOf,
  isPlainName,
  isRecordOf,
  isText,
  type Check,
} from './shapes.ts';

const isId = isText(128);
const isName = isPlainName(128);
const isBoolean: Check = (value) => typeof value === 'boolean';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isNullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const isAttempt: Check = (value) =>
  isListOf(isAnything, 8)(value) && fits([isId, isCount, optional(isBoolean)], value as unknown[], 0);
const isSlots: Check = (value) => isListOf(isAnything, 8)(value) && fits([isName, isCount], value as unknown[], 0);
const isFiniteNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isConstantWeight = isRecordOf({ constant: isFiniteNumber });
const isPowerWeight = isRecordOf({ factor: isFiniteNumber, parameter: isText(128), power: isFiniteNumber });
const isWeight: Check = (value) => isConstantWeight(value) || isPowerWeight(value);
const isTaskTypeSpec = isRecordOf({
  name: isName,
  description: isText(2000),
  schema: isRecordOf({}),
  resultKind: isOneOf('integer', 'number', 'text', 'bytes', 'json'),
  weight: isWeight,
});
const isOffer = isRecordOf({ name: isName, slots: isCount, taskTypes: isListOf(isTaskTypeSpec, 1000) });

/** It stands in requests to the service: nothing that could end a line, or a part of one. */
const isInRequest =
  (max: number): Check =>
  (value) =>
    isText(max)(value) && /^[\x21-\x7e]*$/.test(value as string);
const isServiceOffer = isRecordOf({
  name: isName,
  slots: isCount,
  host: isInRequest(300),
  basePath: isInRequest(1000),
  reportsLoad: isBoolean,
});
const isWhy: Check = (value) => isText(WHY_CHARS_MAX)(value) && isPrintable(value as string);
const isServiceState: Check = (value) =>
  isListOf(isAnything, 8)(value) &&
  fits([isName, isBoolean, isNullOr(isAmount), optional(isWhy)], value as unknown[], 0);

const SHAPES: Readonly<Record<number, readonly Check[]>> = {
  [Tag.Hello]: [isIntegerIn(0, TUNNEL_ROLE), isId, isId, isCount, isCount, isCount, optional(isName)],
  [Tag.Capabilities]: [
    isRecordOf({
      instanceId: isPlainName(64),
      name: isName,
      cores: isCount,
      concurrency: isCount,
      maxLoad: isAmount,
      groups: isListOf(isOffer, 100),
      labels: isLabels,
      metricsPort: isIntegerIn(0, 65535),
      holds: isListOf(isAttempt, 100_000),
      draining: isBoolean,
      grpcPort: optional(isIntegerIn(0, 65535)),
      forwardPort: optional(isIntegerIn(0, 65535)),
      services: optional(isListOf(isServiceOffer, SERVICES_MAX)),
    }),
  ],
  [Tag.Welcome]: [isName],
  [Tag.Rejected]: [isText(400)],
  [Tag.LoadRequest]: [isCount],
  [Tag.LoadResponse]: [
    isCount,
    isRecordOf({
      cpu: isAmountUpTo(CPU_LOAD_MAX),
      memoryRatio: isAmountUpTo(1),
      foreignWeight: isAmount,
      foreignStarts: isCount,
      slots: isListOf(isSlots, 1000),
      running: isCount,
    }),
  ],
  [Tag.Task]: [isId, isCount, isName, isAnything, isAmount, isAmount, optional(isAmount)],
  [Tag.Cancel]: [isId, isCount],
  [Tag.Recall]: [isId, isCount],
  [Tag.Ack]: [isId, isCount, isIntegerIn(0, ACKS.length - 1), isText(400)],
  [Tag.Progress]: [isId, isCount, isAmount, isText(400)],
  [Tag.Result]: [
    isId,
    isCount,
    isIntegerIn(0, OUTCOMES.length - 1),
    isAnything,
    isAmount,
    isBoolean,
    optional(isText(STACK_CHARS_MAX)),
  ],
  [Tag.Slots]: [isName, isCount],
  [Tag.Draining]: [],
  [Tag.Leave]: [],
  [Tag.Drain]: [isBoolean],
  [Tag.SlavesRequest]: [isCount],
  [Tag.Slaves]: [isCount, isBoolean, isListOf(isSlaveInfo, SLAVES_PER_MESSAGE_MAX), optional(isAmount)],
  [Tag.SlaveJoined]: [isSlaveInfo],
  [Tag.SlaveLeft]: [isPlainName(64), isText(128)],
  [Tag.TunnelOpen]: [],
  [Tag.ServiceStates]: [isCount, isListOf(isServiceState, SERVICES_MAX)],
};

/** A message of a known tag with fields of the right kind; 'unknown' for a tag of a newer minor version; undefined for rubbish. */
export function checkMessage(value: unknown): Message | 'unknown' | undefined {
  if (!Array.isArray(value) || !isCount(value[0])) return undefined;
  const shape = SHAPES[value[0] as number];
  if (shape === undefined) return 'unknown';
  return fits(shape, value, 1) ? (value as unknown as Message) : undefined;
}
