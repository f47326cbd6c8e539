// From the text of a .proto file to what grpc-js serves. What a peer sends that is no such message is told apart from what we do wrong.
import type { ServiceDefinition } from '@grpc/grpc-js';
import type { Type } from 'protobufjs';
import { messageOf } from '../errors.ts';
import { wireFault, type WireTools } from './wire-check.ts';

/** In the place of a request: bytes that are no such message. */
export class Malformed {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/**
 * The services of a .proto text by their full names, such as `lanyard.Compute`. Names of fields are in camel case; a field that is absent
 * has its default.
 */
export async function definitionsOf(protoText: string): Promise<ReadonlyMap<string, ServiceDefinition>> {
  const [{ default: protobuf }, { fromJSON }] = await Promise.all([import('protobufjs'), import('@grpc/proto-loader')]);
  const { root } = protobuf.parse(protoText);
  root.resolveAll();
  const tools: WireTools = {
    // Not that of Buffers, whose texts may end early.
    readerOf: (bytes) => new protobuf.Reader(bytes),
    basic: protobuf.types.basic,
  };
  const definitions = fromJSON(root.toJSON(), { defaults: true, objects: true, enums: String });
  const services = new Map<string, ServiceDefinition>();
  for (const [name, definition] of Object.entries(definitions)) {
    if (!isService(definition)) continue;
    const { methods } = root.lookupService(name);
    for (const [method, served] of Object.entries(definition))
      tolerate(served, methods[method]?.resolvedRequestType, tools);
    services.set(name, definition);
  }
  return services;
}

function isService(definition: object): definition is ServiceDefinition {
  return !('format' in definition);
}

/** grpc-js would call it an internal error, and protobufjs would not notice all of it. */
function tolerate(method: ServiceDefinition[string], type: Type | null | undefined, tools: WireTools): void {
  const { path } = method;
  const deserialize = method.requestDeserialize as (bytes: Buffer) => unknown;
  method.requestDeserialize = (bytes) => {
    try {
      const fault = type ? wireFault(bytes, type.fieldsById, tools) : undefined;
      return fault === undefined ? deserialize(bytes) : malformed(path, fault);
    } catch (error) {
      return malformed(path, messageOf(error));
    }
  };
}

function malformed(path: string, fault: string): Malformed {
  return new Malformed(`${path}: the request is not the message that its .proto file says: ${fault}`);
}
