// The messages of proto/lanyard.proto: as handlers see them, as another implementation reads the file, and bytes that are none.
import path from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect } from 'chai';
import { definitionsOf, Malformed } from '../../../../src/common/grpc/definitions.ts';
import type {
  BackendInfoMessage,
  LoadReportMessage,
  RegisterResponseMessage,
  ServerRequestMessage,
  TaskRequestMessage,
  TaskResponseMessage,
} from '../../../../src/common/grpc/messages.ts';
import { PROTO_TEXT } from '../../../../src/common/grpc/proto-text.ts';

const FILE = path.resolve(import.meta.dirname, '../../../../proto/lanyard.proto');
const BACKEND: Required<BackendInfoMessage> = { id: 'b', address: '::1', port: 65_535, load: 0.5, service: 'words' };
const REPORT: Required<LoadReportMessage> = { id: 'b', load: 1e15 };
const REQUEST: Required<ServerRequestMessage> = { clientId: 'me', serviceName: 'words' };
const WELCOME: Required<RegisterResponseMessage> = { success: true, message: 'in', reportIntervalMs: 1000 };
const TASK: Required<TaskRequestMessage> = { type: 'fib', params: { n: '80' } };
const TEXT: TaskResponseMessage = { text: '1', slave: 's', runMs: 0.5 };
const BYTES: TaskResponseMessage = { data: Buffer.from([1, 2]), slave: 's', runMs: 0.5 };

const METHODS = [
  ['lanyard.LoadBalancer', 'RegisterBackend', BACKEND, WELCOME],
  ['lanyard.LoadBalancer', 'ReportLoad', REPORT, WELCOME],
  ['lanyard.LoadBalancer', 'GetBackend', REQUEST, BACKEND],
  ['lanyard.Compute', 'ComputeTask', TASK, TEXT],
  ['lanyard.Compute', 'ComputeTask', TASK, BYTES],
] as const;

/** A field of the wire: number and wire type, then what comes. */
const field = (number: number, wireType: number, ...rest: number[]): number[] => [number * 8 + wireType, ...rest];
const text = (value: string): number[] => [Buffer.byteLength(value), ...Buffer.from(value)];

describe('Messages of gRPC', () => {
  let ours: ReadonlyMap<string, ServiceDefinition>;
  before(async () => {
    ours = await definitionsOf(PROTO_TEXT);
  });

  for (const field of ['repeated uint32 n', 'Kind n', 'Inner n', 'map<string, Inner> n']) {
    it(`are not served while a request has a field that would not be checked: ${field}`, async () => {
      const types = `enum Kind { NONE = 0; } message Inner {} message Request { ${field} = 1; } message Response {}`;
      const proto = `syntax = "proto3"; package p; ${types} service S { rpc Ask(Request) returns (Response); }`;
      let said = '';
      await definitionsOf(proto).catch((error: unknown) => (said = String(error)));
      expect(said).to.contain('/p.S/Ask: wire-check.ts cannot check n yet');
    });
  }

  const requestOf = (service: string, method: string, bytes: readonly number[]): unknown =>
    ours.get(service)?.[method]?.requestDeserialize(Buffer.from(bytes)) as unknown;

  it('are those of the .proto file, field by field', () => {
    const theirs = loadSync(FILE, { defaults: true, objects: true });
    for (const [service, name, request, response] of METHODS) {
      const here = ours.get(service)?.[name];
      const there = (theirs[service] as ServiceDefinition)[name];
      expect(here?.path).to.equal(there?.path);
      expect(here?.requestDeserialize(there!.requestSerialize(request)), `request of ${name}`).to.deep.equal(request);
      expect(there?.responseDeserialize(here!.responseSerialize(response)), `response of ${name}`).to.deep.include(
        response,
      );
    }
    const served = [...ours].flatMap(([service, methods]) => Object.keys(methods).map((name) => `${service} ${name}`));
    expect(served).to.have.members([...new Set(METHODS.map(([service, name]) => `${service} ${name}`))]);
  });

  it('have their defaults where nothing was sent, and pass over fields of a later version', () => {
    const nothing = { id: '', address: '', port: 0, load: 0, service: '' };
    expect(requestOf('lanyard.LoadBalancer', 'RegisterBackend', [])).to.deep.equal(nothing);
    const later = [
      ...field(1, 2, ...text('b')),
      ...field(15, 0, 7),
      ...field(14, 2, ...text('new')),
      ...field(13, 5, 1, 2, 3, 4),
    ];
    expect(requestOf('lanyard.LoadBalancer', 'RegisterBackend', later)).to.deep.equal({ ...nothing, id: 'b' });
  });

  it('keep any name of a parameter, also those that objects have by themselves', () => {
    const entry = (name: string): number[] =>
      field(2, 2, ...text(String.fromCharCode(...field(1, 2, ...text(name)), ...field(2, 2, ...text('7')))));
    const { params } = requestOf(
      'lanyard.Compute',
      'ComputeTask',
      ['__proto__', 'constructor', 'n'].flatMap(entry),
    ) as TaskRequestMessage;
    expect(Object.entries(params)).to.deep.equal([
      ['__proto__', '7'],
      ['constructor', '7'],
      ['n', '7'],
    ]);
    expect(Object.getPrototypeOf(params)).to.equal(Object.prototype);
  });

  it('that are none are told apart, with the field that is wrong', () => {
    const wrong: readonly (readonly [string, readonly number[], string])[] = [
      ['text that ends early', field(1, 2, 20, 65), 'index out of range'],
      ['text that is not UTF-8', field(1, 2, 2, 0xc3, 0x28), 'id is not UTF-8'],
      ['a number where text should be', field(1, 0, 5), 'id is not of type string'],
      ['text where a number should be', field(3, 2, ...text('9000')), 'port is not of type uint32'],
      ['four bytes where eight should be', field(4, 5, 0, 0, 0, 0), 'load is not of type double'],
      ['a number without end', field(3, 0, ...Array<number>(11).fill(0xff)), ''],
      ['a group that is not closed', field(9, 3, ...Array<number>(200).fill(9 * 8 + 3)), ''],
      ['a wire type that there is not', field(9, 7), 'wire type 7'],
    ];
    for (const [what, bytes, why] of wrong) {
      const request = requestOf('lanyard.LoadBalancer', 'RegisterBackend', bytes);
      expect(request, what).to.be.instanceOf(Malformed);
      expect((request as Malformed).message, what)
        .to.contain('/lanyard.LoadBalancer/RegisterBackend')
        .and.to.contain(why);
    }
    const value = field(2, 2, 1, 0xff);
    const task = requestOf('lanyard.Compute', 'ComputeTask', field(2, 2, value.length, ...value));
    expect((task as Malformed).message).to.contain('a value in params is not UTF-8');
  });
});
