// From the text of a .proto file to what grpc-js serves. What a peer sends that is no such message is told apart from what we do wrong.
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import type { Method, Namespace, ReflectionObject, Service, Type } from 'protobufjs';
import { LanyardError, messageOf } from '../errors.ts';
import { wireFault, type WireTools } from './wire-check.ts';

/** Every field is there, with its default when it was not sent. */
const AS_OBJECT = { defaults: true, objects: true, enums: String } as const;

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
  const { default: protobuf } = await import('protobufjs');
  const { root } = protobuf.parse(protoText);
  root.resolveAll();
  const tools: WireTools = {
    // Not that of Buffers, whose texts may end early.
    readerOf: (bytes) => new protobuf.Reader(bytes),
    basic: protobuf.types.basic,
  };
  return new Map(servicesIn(root.nestedArray).map((service) => [nameOf(service), definitionOf(service, tools)]));
}

function servicesIn(objects: readonly ReflectionObject[]): Service[] {
  return objects.flatMap((object) => {
    if ('methodsArray' in object) return [object as Service];
    return 'nestedArray' in object ? servicesIn((object as Namespace).nestedArray) : [];
  });
}

function definitionOf(service: Service, tools: WireTools): ServiceDefinition {
  const methods = service.methodsArray.map((method) => [method.name, methodOf(service, method, tools)] as const);
  return Object.fromEntries(methods);
}

function methodOf(service: Service, method: Method, tools: WireTools): MethodDefinition<object, object> {
  const { name, requestStream = false, responseStream = false, resolvedRequestType, resolvedResponseType } = method;
  const path = `/${nameOf(service)}/${name}`;
  if (resolvedRequestType === null || resolvedResponseType === null)
    throw new LanyardError('INTERNAL', `${path} has no messages`);
  const unknown = resolvedRequestType.fieldsArray.find(
    (field) => field.repeated || field.resolve().resolvedType !== null,
  );
  if (unknown !== undefined)
    throw new LanyardError('INTERNAL', `${path}: wire-check.ts cannot check ${unknown.name} yet, and would refuse it`);
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: (message) => bytesOf(resolvedRequestType, message),
    requestDeserialize: (bytes) => requestOf(path, bytes, resolvedRequestType, tools),
    responseSerialize: (message) => bytesOf(resolvedResponseType, message),
    responseDeserialize: (bytes) => messageIn(bytes, resolvedResponseType),
  };
}

function bytesOf(type: Type, message: object): Buffer {
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

function messageIn(bytes: Buffer, type: Type): object {
  return type.toObject(type.decode(bytes), AS_OBJECT);
}

/** grpc-js would call what is wrong with it an internal error, and protobufjs would not notice all of it. */
function requestOf(path: string, bytes: Buffer, type: Type, tools: WireTools): object {
  try {
    const fault = wireFault(bytes, type.fieldsById, tools);
    return fault === undefined ? messageIn(bytes, type) : malformed(path, fault);
  } catch (error) {
    return malformed(path, messageOf(error));
  }
}

function malformed(path: string, fault: string): Malformed {
  return new Malformed(`${path}: the request is not the message that its .proto file says: ${fault}`);
}

/** `lanyard.Compute`; protobufjs puts a dot in front. */
function nameOf({ fullName }: Service): string {
  return fullName.replace(/^[.]/, '');
}
