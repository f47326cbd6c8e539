// Readers of option values: what each takes, and the sentence for what it does not take.
import { expect } from 'chai';
import * as values from '../../../../src/common/config/values.ts';
import { BadValue, type ReadValue } from '../../../../src/common/config/values.ts';

interface Rule {
  readonly read: ReadValue<unknown>;
  readonly takes: readonly (readonly [text: string, value: unknown])[];
  readonly refuses: readonly string[];
  readonly expected: RegExp;
}

const RULES: Readonly<Record<string, Rule>> = {
  duration: {
    read: values.duration,
    takes: [
      ['0', 0],
      ['2s', 2000],
    ],
    refuses: ['', '2', '-2s'],
    expected: /duration such as 500ms/,
  },
  positiveDuration: {
    read: values.positiveDuration,
    takes: [['1ms', 1]],
    refuses: ['0', '0s', '0.0ms'],
    expected: /more than 0/,
  },
  durationBetween: {
    read: values.durationBetween(200, 30_000),
    takes: [
      ['200ms', 200],
      ['30s', 30_000],
    ],
    refuses: ['199ms', '31s', '0', '', '5'],
    expected: /a duration such as/,
  },
  byteSizeFrom: {
    read: values.byteSizeFrom(32 * 1024 ** 2),
    takes: [
      ['0', 0],
      ['0MB', 0],
      ['33554432B', 33_554_432],
      ['65536KB', 67_108_864],
      ['512MB', 536_870_912],
      ['1.5GB', 1_610_612_736],
      ['1024GB', 2 ** 40],
    ],
    refuses: [
      '',
      '5',
      '-64MB',
      '64 MB',
      '64mb',
      'MB',
      '1TB',
      '1e3MB',
      '64MiB',
      '1025GB',
      '31MB',
      '64KB',
      '1.2.3GB',
      '٣GB',
    ],
    expected: /a size from 32MB to 1024GB, such as 512MB or 2GB, or 0/,
  },
  integerFrom: {
    read: values.integerFrom(-2, 10),
    takes: [
      ['-2', -2],
      ['0', 0],
      ['10', 10],
      ['007', 7],
    ],
    refuses: ['-3', '11', '', ' 1', '1.0', '1e1', '0x1', '+1', '99999999999999999999', 'NaN'],
    expected: /an integer from -2 to 10/,
  },
  positiveNumber: {
    read: values.positiveNumber,
    takes: [
      ['1', 1],
      ['0.5', 0.5],
      ['1e11', 1e11],
      ['1E+3', 1000],
      ['10000000', 1e7],
    ],
    refuses: ['0', '0.0', '-1', '', '.', '1.2.3', '1e999', 'Infinity', '1,5', '0x10', '1e-3'],
    expected: /a number above 0/,
  },
  portOrOff: {
    read: values.portOrOff,
    takes: [
      ['0', 0],
      ['4242', 4242],
      ['65535', 65_535],
      ['off', 'off'],
    ],
    refuses: ['65536', '-1', '', 'OFF', 'on', '80.5', '4242 '],
    expected: /a port from 1 to 65535, 0 .*, or off/,
  },
  fixedPort: {
    read: values.fixedPort,
    takes: [
      ['1', 1],
      ['65535', 65_535],
    ],
    refuses: ['0', '65536', 'off', ''],
    expected: /a port from 1 to 65535/,
  },
  httpUrl: {
    read: values.httpUrl,
    takes: [
      ['http://localhost:3000', 'http://localhost:3000'],
      ['https://grafana.example/graphs/', 'https://grafana.example/graphs'],
      ['http://192.0.2.7:9090//', 'http://192.0.2.7:9090'],
    ],
    refuses: ['', 'off', 'localhost:3000', 'ftp://a', 'http://', 'http://me:secret@a', 'http://a?x=1', 'http://a#x'],
    expected: /a URL such as http:.*without user, password/,
  },
  httpUrlOrOff: {
    read: values.httpUrlOrOff,
    takes: [
      ['off', 'off'],
      ['http://a', 'http://a'],
    ],
    refuses: ['OFF', 'none'],
    expected: /a URL such as/,
  },
  oneOf: {
    read: values.oneOf(['a', 'b']),
    takes: [['a', 'a']],
    refuses: ['', 'A', 'c', 'a,b'],
    expected: /one of a, b/,
  },
  name: {
    read: values.name,
    takes: [
      ['lanyard', 'lanyard'],
      ['a.b_c-1', 'a.b_c-1'],
      ['x'.repeat(64), 'x'.repeat(64)],
    ],
    refuses: ['', 'two words', 'x'.repeat(65), 'a/b', '<b>', 'é', 'a\n'],
    expected: /1 to 64 letters/,
  },
  hostAndPort: {
    read: values.hostAndPort,
    takes: [
      ['192.0.2.7', { address: '192.0.2.7', port: undefined }],
      ['host.example:3001', { address: 'host.example', port: 3001 }],
    ],
    refuses: ['', ':3000', 'host:', 'host:port', 'http://host', 'a b', '::1', 'host:1:2'],
    expected: /a host name or IPv4 address/,
  },
  portRange: {
    read: values.portRange(3),
    takes: [
      ['5000-5002', { first: 5000, last: 5002 }],
      ['1-65535', { first: 1, last: 65_535 }],
    ],
    refuses: ['', '5000', '5000-5001', '5002-5000', '0-10', '65534-65537', 'a-b', '5000-5002-5004'],
    expected: /at least 3 ports/,
  },
  label: {
    read: values.label,
    takes: [
      ['room=12', ['room', '12']],
      ['a.b-c_d=x=y z', ['a.b-c_d', 'x=y z']],
    ],
    refuses: ['', 'room', '=12', 'room=', '1a=2', 'a b=c', `a=${'x'.repeat(257)}`],
    expected: /key=value/,
  },
  anyText: { read: values.anyText, takes: [['x', 'x']], refuses: [''], expected: /not empty/ },
  durationOrOff: {
    read: values.durationOrOff,
    takes: [
      ['off', Infinity],
      ['50ms', 50],
      ['0', 0],
    ],
    refuses: ['', 'on', '5', 'never'],
    expected: /a duration such as .*, or off/,
  },
  typeLimit: {
    read: values.typeLimit,
    takes: [
      ['countprimes=4', ['countprimes', 4]],
      ['a.b-c_d=9999999', ['a.b-c_d', 9_999_999]],
    ],
    refuses: ['', 'fib', 'fib=', '=4', 'fib=0', 'fib=-1', 'fib=1.5', 'fib=10000000', 'f b=1'],
    expected: /type=n with n from 1/,
  },
  isSet: {
    read: values.isSet,
    takes: [
      ['true', true],
      ['1', true],
      ['yes', true],
      ['false', false],
      ['0', false],
      ['no', false],
      ['', false],
    ],
    refuses: ['on', 'TRUE', '2'],
    expected: /true or false/,
  },
};

for (const [name, { read, takes, refuses, expected }] of Object.entries(RULES)) {
  describe(`the reader ${name}`, () => {
    it('takes what it should', () => {
      for (const [text, value] of takes) expect(read(text), text).to.deep.equal(value);
    });

    it('refuses the rest with what it expects', () => {
      for (const text of refuses) {
        const act = (): unknown => read(text);
        expect(act, JSON.stringify(text)).to.throw(BadValue, expected);
        expect(act).to.throw(/^Expected /);
      }
    });
  });
}

it('the reader of a host with a bad port says which ports there are', () => {
  expect(() => values.hostAndPort('host:99999')).to.throw(BadValue, /a port from 1 to 65535/);
});
