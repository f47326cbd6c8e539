// From the text of a .proto file to what grpc-js serves. What a peer sends that is no such message is told apart from what we do wrong.
import type { ServiceDefinition } from '@grpc/grpc-js';
import { messageOf } from '../errors.ts';

/** In the place of a request: bytes that are no such message. */
export class Malformed {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** The services of a .proto text by their full names, such as `lanyard.Compute`. Field names are in camel case, absent fields have their default. */
export async function definitionsOf(protoText: string): Promise<ReadonlyMap<string, ServiceDefinition>> {
  const [{ default: protobuf }, { fromJSON }] = await Promise.all([import('protobufjs'), import('@grpc/proto-loader')]);
  const { root } = protobuf.parse(protoText);
  const definitions = fromJSON(root.toJSON(), { defaults: true, objects: true, enums: String, longs: Number });
  const services = new Map<string, ServiceDefinition>();
  for (const [name, definition] of Object.entries(definitions)) {
    if (!isService(definition)) continue;
    for (const method of Object.values(definition)) tolerate(method);
    services.set(name, definition);
  }
  return services;
}

function isService(definition: object): definition is ServiceDefinition {
  return !('format' in definition);
}

/** grpc-js would call it an internal error. */
function tolerate(method: ServiceDefinition[string]): void {
  const { path, requestDeserialize } = method;
  method.requestDeserialize = (bytes) => {
    try {
      return requestDeserialize(bytes);
    } catch (error) {
      return new Malformed(
        `${path}: the request is not the message that proto/lanyard.proto says (${messageOf(error)})`,
      );
    }
  };
}
