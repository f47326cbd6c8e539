// What counts as a message: every field of every message is checked before anything uses it, and what is newer is let through.
import { expect } from 'chai';
import fc from 'fast-check';
import { checkMessage } from '../../../../src/common/protocol/check-message.ts';
import { Tag, TUNNEL_ROLE, type Message } from '../../../../src/common/protocol/messages.ts';
import { slaveInfo } from '../../../support/slave-info.ts';
import { BUILT_IN_TASK_TYPES, specOf } from '../../../../src/common/task-types/registry.ts';

const CAPABILITIES = {
  instanceId: 'abc',
  name: 's1',
  cores: 4,
  concurrency: 2,
  maxLoad: 1e11,
  groups: [{ name: 'compute', slots: 4, taskTypes: BUILT_IN_TASK_TYPES.map(specOf) }],
  labels: { room: '12' },
  metricsPort: 0,
  holds: [['m-1', 1]],
  draining: false,
  grpcPort: 50_052,
  forwardPort: 40_001,
  services: [{ name: 'web', slots: 10, host: '127.0.0.1:5000', basePath: '/app', reportsLoad: true }],
} as const;
const REPORT = {
  cpu: 0.5,
  memoryRatio: 0.3,
  foreignWeight: 0,
  foreignStarts: 0,
  slots: [['compute', 4]],
  running: 1,
} as const;

const EXAMPLES: readonly Message[] = [
  [Tag.Hello, 0, 'nonce', 'master', 1, 1, 3, 'web'],
  [Tag.Capabilities, CAPABILITIES],
  [Tag.Welcome, 's1'],
  [Tag.Rejected, 'pool full'],
  [Tag.LoadRequest, 7],
  [Tag.LoadResponse, 7, REPORT],
  [Tag.Task, 'm-1', 1, 'fib', { n: 80 }, 80, 60_000, 5000],
  [Tag.Cancel, 'm-1', 1],
  [Tag.Recall, 'm-1', 1],
  [Tag.Ack, 'm-1', 1, 0, ''],
  [Tag.Progress, 'm-1', 1, 0.5, 'half'],
  [Tag.Result, 'm-1', 1, 0, 2n ** 80n, 1.5, false, 'Error: boom at …'],
  [Tag.Slots, 'compute', 4],
  [Tag.Draining],
  [Tag.Leave],
  [Tag.Drain, true],
  [Tag.SlavesRequest, 3],
  [Tag.Slaves, 3, true, [slaveInfo('abc', { labels: { room: '12' } })], 60_000],
  [Tag.SlaveJoined, slaveInfo('abc')],
  [Tag.SlaveLeft, 'abc', 'died'],
  [Tag.TunnelOpen],
  [Tag.ServiceStates, 7, [['web', true, 12.5]]],
];
/** Positions that an older minor version leaves out. */
const OPTIONAL: Readonly<Record<number, number>> = { [Tag.Hello]: 7, [Tag.Task]: 7, [Tag.Result]: 7, [Tag.Slaves]: 4 };
/** Positions that may hold any value. */
const ANYTHING: Readonly<Record<number, number>> = { [Tag.Task]: 4, [Tag.Result]: 4 };
/** Positions of lists, which may be empty. */
const LISTS: Readonly<Record<number, number>> = { [Tag.Slaves]: 3, [Tag.ServiceStates]: 2 };
const RUBBISH: readonly unknown[] = [
  undefined,
  null,
  -1,
  Number.NaN,
  Infinity,
  'x'.repeat(5000),
  [],
  [[]],
  () => 1,
  1n,
  new Date(),
];

describe('a message', () => {
  it('has an example here for every tag', () => {
    expect(EXAMPLES.map(([tag]) => tag as number)).to.deep.equal(Object.values(Tag));
  });

  for (const example of EXAMPLES) {
    const [tag] = example;
    const name = Object.entries(Tag).find(([, value]) => value === tag)![0];

    it(`${name} passes as it is and with further fields of a newer version`, () => {
      expect(checkMessage(example)).to.equal(example);
      const longer = [...example, 'new field'];
      expect(checkMessage(longer)).to.equal(longer);
    });

    it(`${name} does not pass with a field missing or wrong`, () => {
      for (let i = 1; i < example.length; i++) {
        const shorter = example.slice(0, i);
        if (OPTIONAL[tag] === i) expect(checkMessage(shorter), `without field ${i}`).to.equal(shorter);
        else if (ANYTHING[tag] !== i) expect(checkMessage(shorter), `without field ${i}`).to.equal(undefined);
        for (const value of ANYTHING[tag] === i ? [] : RUBBISH) {
          if (OPTIONAL[tag] === i && value === undefined) continue;
          if (LISTS[tag] === i && Array.isArray(value) && value.length === 0) continue;
          const changed: unknown[] = [...example];
          changed[i] = value;
          expect(checkMessage(changed), `field ${i}: ${String(value)}`).to.equal(undefined);
        }
      }
    });
  }

  it('does not pass when its role, state or outcome is out of range', () => {
    expect(checkMessage([Tag.Hello, TUNNEL_ROLE + 1, 'nonce', 'master', 1, 1, 0])).to.equal(undefined);
    expect(checkMessage([Tag.Ack, 'm-1', 1, 3, ''])).to.equal(undefined);
    expect(checkMessage([Tag.Result, 'm-1', 1, 4, null, 0, false])).to.equal(undefined);
    expect(checkMessage([Tag.Ack, 'm-1', 1.5, 0, ''])).to.equal(undefined);
  });

  it('does not pass with a load or a share of memory that no machine has', () => {
    for (const change of [{ cpu: 1e7 }, { memoryRatio: 1.5 }])
      expect(checkMessage([Tag.LoadResponse, 7, { ...REPORT, ...change }]), JSON.stringify(change)).to.equal(undefined);
  });

  it('with a tag of a newer version is unknown, not wrong', () => {
    expect(checkMessage([999, 'whatever'])).to.equal('unknown');
    expect(checkMessage([0])).to.equal('unknown');
  });

  it('is a list that begins with a number', () => {
    for (const value of [undefined, null, 7, 'text', {}, [], ['1'], [-1], [1.5], [null], { 0: 14, length: 1 }]) {
      expect(checkMessage(value), JSON.stringify(value)).to.equal(undefined);
    }
  });

  it('is checked without throwing, whatever it is', () => {
    fc.assert(fc.property(fc.anything(), (value) => void checkMessage(value)));
    fc.assert(fc.property(fc.nat(20), fc.array(fc.anything()), (tag, fields) => void checkMessage([tag, ...fields])));
  });
});

describe('capabilities', () => {
  const withField = (field: string, value: unknown): unknown =>
    checkMessage([Tag.Capabilities, { ...CAPABILITIES, [field]: value }]);
  const bad: Readonly<Record<string, readonly unknown[]>> = {
    instanceId: [7, 'x'.repeat(129)],
    name: [7, 'x'.repeat(129)],
    cores: [-1, 1.5, '4'],
    concurrency: [-1, 'two'],
    maxLoad: [-1, Infinity, Number.NaN, '1e11'],
    groups: [
      {},
      [7],
      [{ name: 'g' }],
      [{ name: 'g', slots: -1, taskTypes: [] }],
      [{ name: 'g', slots: 1, taskTypes: [{ name: 't' }] }],
      new Array(1001).fill(CAPABILITIES.groups[0]),
    ],
    labels: [[], 'a=b', { a: 7 }, { a: 'x'.repeat(257) }],
    metricsPort: [-1, 65_536, '9100'],
    holds: [{}, [['m-1']], [['m-1', -1]], [[7, 1]], ['m-1']],
    draining: [0, 'no'],
  };

  for (const [field, values] of Object.entries(bad)) {
    it(`do not pass with a wrong ${field}`, () => {
      for (const value of [...values, undefined, null])
        expect(withField(field, value), JSON.stringify(value)).to.equal(undefined);
    });
  }

  it('pass without a gRPC port, as before version 1.2, and not with one that no host has', () => {
    expect(withField('grpcPort', undefined)).to.be.an('array');
    expect(withField('grpcPort', 0)).to.be.an('array');
    for (const port of [-1, 65_536, 1.5, '50052', null])
      expect(withField('grpcPort', port), String(port)).to.equal(undefined);
  });

  it('pass without services, as before version 1.3, and not with a port that no host has', () => {
    expect(withField('forwardPort', undefined)).to.be.an('array');
    expect(withField('services', undefined)).to.be.an('array');
    for (const port of [-1, 65_536, 1.5, '40001', null])
      expect(withField('forwardPort', port), String(port)).to.equal(undefined);
  });

  it('do not pass with a service that could put more into a request than its host and its path', () => {
    const [service] = CAPABILITIES.services;
    const changes: Readonly<Record<string, readonly unknown[]>> = {
      name: ['', 'a b', '../x/', 'x'.repeat(129), 7],
      slots: [-1, 1.5, '10'],
      host: ['a\r\nx: y', 'a b', 'x'.repeat(301), 7],
      basePath: ['/a\r\n', '/a b', '/\u00e9', `/${'x'.repeat(1000)}`, null],
      reportsLoad: [0, 'yes', undefined],
    };
    for (const [field, values] of Object.entries(changes))
      for (const value of values)
        expect(withField('services', [{ ...service, [field]: value }]), `${field}: ${String(value)}`).to.equal(
          undefined,
        );
    expect(withField('services', new Array(101).fill(service))).to.equal(undefined);
    expect(withField('services', [{ ...service, weight: 'new field' }])).to.be.an('array');
  });

  it('pass with a field of a newer version', () => {
    expect(withField('gpu', 'yes')).to.be.an('array');
  });
});

describe('states of services', () => {
  const state = (...fields: readonly unknown[]): unknown => checkMessage([Tag.ServiceStates, 7, [fields]]);

  it('pass with a load and without one, and with further fields of a newer version', () => {
    for (const load of [0, 0.5, 1e15, null]) expect(state('web', false, load), String(load)).to.be.an('array');
    expect(state('web', true, 1, 'why', 'new field')).to.be.an('array');
  });

  it('pass with why a service is not well, if that is short and printable', () => {
    expect(state('web', false, null, 'GET /ok is answered with 503')).to.be.an('array');
    expect(state('web', false, null, 'x'.repeat(200))).to.be.an('array');
    for (const why of ['x'.repeat(201), 'a\nb', '\u001b[31m', 7, null])
      expect(state('web', false, null, why), String(why)).to.equal(undefined);
  });

  it('do not pass with a load that is none, or for too many services', () => {
    for (const load of [-1, Number.NaN, Infinity, '1', undefined])
      expect(state('web', true, load), String(load)).to.equal(undefined);
    for (const fields of [['a b', true, 1], ['web', 1, 1], ['web'], []])
      expect(state(...fields), String(fields)).to.equal(undefined);
    const many = new Array(101).fill(['web', true, 1]);
    expect(checkMessage([Tag.ServiceStates, 7, many])).to.equal(undefined);
  });
});

describe('a hello', () => {
  it('passes with the service that a tunnel is to lead to, and without, as before version 1.3', () => {
    const hello = [Tag.Hello, TUNNEL_ROLE, 'nonce', 'master', 1, 1, 3] as const;
    expect(checkMessage([...hello, 'web'])).to.be.an('array');
    expect(checkMessage(hello)).to.be.an('array');
    for (const service of ['', 'a b', 'a/b', 7, null]) expect(checkMessage([...hello, service])).to.equal(undefined);
  });
});
