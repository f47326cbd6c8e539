// Whether bytes are a protobuf message of a type: protobufjs reads over what does not fit (a number where text should be, text that ends
// early or is not UTF-8), and what comes out is not what was sent. Knows texts, bytes, numbers and maps of these: no lists, no messages in
// messages, no enums, which no request has.
import { isUtf8 } from 'node:buffer';
import type { Reader } from 'protobufjs';

/** How a value stands on the wire (Protocol Buffers, Encoding): the wire type that says that a length and as many bytes follow. */
const LENGTH_DELIMITED = 2;

/** Of a message type, by the numbers of its fields. */
export type WireFields = Readonly<Record<number, WireField | undefined>>;

interface WireField {
  readonly name: string;
  readonly type: string;
  readonly map: boolean;
  /** Of a map: what its names are. */
  readonly keyType?: string;
}

/** Tools of protobufjs, which is loaded only when a server is opened. */
export interface WireTools {
  readonly readerOf: (bytes: Uint8Array) => Reader;
  /** Wire types of the types that are no messages. */
  readonly basic: Readonly<Record<string, number>>;
}

/** What is wrong, as a sentence that names the field; undefined when nothing is. Fields that the type does not know are passed over. */
export function wireFault(bytes: Uint8Array, fields: WireFields, tools: WireTools): string | undefined {
  const reader = tools.readerOf(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const field = fields[tag >>> 3];
    if (field === undefined || wireType !== LENGTH_DELIMITED) {
      if (field !== undefined && wireType !== wireTypeOf(field, tools)) return notIts(field);
      reader.skipType(wireType);
      continue;
    }
    const value = reader.bytes();
    if (wireTypeOf(field, tools) !== LENGTH_DELIMITED) return notIts(field);
    if (field.map) {
      const fault = wireFault(value, entryOf(field), tools);
      if (fault !== undefined) return fault;
    } else if (field.type === 'string' && !isUtf8(value)) return `${field.name} is not UTF-8`;
  }
  return undefined;
}

/** An entry of a map is a message with the fields 1 and 2. */
function entryOf({ name, type, keyType = 'string' }: WireField): WireFields {
  return {
    1: { name: `a name in ${name}`, type: keyType, map: false },
    2: { name: `a value in ${name}`, type, map: false },
  };
}

function wireTypeOf(field: WireField, { basic }: WireTools): number {
  return field.map ? LENGTH_DELIMITED : (basic[field.type] ?? LENGTH_DELIMITED);
}

function notIts({ name, type }: WireField): string {
  return `${name} is not of type ${type}`;
}
