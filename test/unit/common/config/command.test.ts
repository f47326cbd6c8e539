// The command line from a table: values from arguments, environment and defaults, in this order.
import { expect } from 'chai';
import { parseCommand, variableOf, type OptionTable } from '../../../../src/common/config/command.ts';
import { anyText, duration, fixedPort, isSet, label } from '../../../../src/common/config/values.ts';
import { readMasterOptions } from '../../../../src/master/options.ts';
import { readMonitorOptions } from '../../../../src/monitor/options.ts';
import { readSlaveOptions } from '../../../../src/slave/options.ts';
import { withoutExit } from '../../../support/without-exit.ts';

const TABLE = {
  httpPort: { flag: '--http-port', value: '<port>', help: 'a port', read: fixedPort, default: '4242' },
  wait: { flag: '--wait', value: '<duration>', help: 'a wait', read: duration },
  open: { flag: '--open', help: 'a switch', read: isSet },
  labels: { flag: '--label', value: '<k=v>', help: 'labels', read: label, repeatable: true },
} as const satisfies OptionTable;

describe('the command line', () => {
  withoutExit();
  const inherited = { ...process.env };
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in inherited)) Reflect.deleteProperty(process.env, name);
  });

  const parse = (...argv: string[]): ReturnType<typeof parseCommand<typeof TABLE>> =>
    parseCommand(
      {
        name: 'test',
        description: '',
        version: '1.0.0',
        options: TABLE,
        argument: { name: 'what', help: '', read: (text) => anyText(text).toUpperCase() },
        epilogue: '',
      },
      argv,
    );

  it('gives defaults, read like any value, for what is not said', () => {
    const { options, argument } = parse();
    expect(options).to.deep.equal({ httpPort: 4242, wait: undefined, open: false, labels: [] });
    expect(argument).to.equal(undefined);
  });

  it('gives what is said', () => {
    const { options, argument } = parse(
      'this',
      '--http-port',
      '1',
      '--wait=2s',
      '--open',
      '--label',
      'a=1',
      '--label=b=2',
    );
    expect(options).to.deep.equal({
      httpPort: 1,
      wait: 2000,
      open: true,
      labels: [
        ['a', '1'],
        ['b', '2'],
      ],
    });
    expect(argument).to.equal('THIS');
  });

  it('reads the environment, a list separated by commas', () => {
    Object.assign(process.env, {
      LANYARD_HTTP_PORT: '8080',
      LANYARD_WAIT: '1m',
      LANYARD_OPEN: 'yes',
      LANYARD_LABEL: 'a=1,b=2',
    });
    expect(parse().options).to.deep.equal({
      httpPort: 8080,
      wait: 60_000,
      open: true,
      labels: [
        ['a', '1'],
        ['b', '2'],
      ],
    });
  });

  it('prefers an argument to the environment', () => {
    Object.assign(process.env, { LANYARD_HTTP_PORT: '8080', LANYARD_LABEL: 'a=1' });
    expect(parse('--http-port', '9090', '--label', 'b=2').options).to.deep.include({
      httpPort: 9090,
      labels: [['b', '2']],
    });
  });

  it('takes false, 0 and no in the environment for a switch that is off', () => {
    for (const text of ['false', '0', 'no', '']) {
      process.env['LANYARD_OPEN'] = text;
      expect(parse().options.open, text).to.equal(false);
    }
  });

  it('names the variable of an option', () => {
    expect(variableOf('--http-allowed-host')).to.equal('LANYARD_HTTP_ALLOWED_HOST');
  });
});

describe('the options of the nodes', () => {
  withoutExit();

  it('have the defaults of DESIGN §5 at the master', () => {
    const { algorithm, ...rest } = readMasterOptions([]);
    expect(algorithm.name).to.equal('round-robin');
    expect(rest).to.deep.include({
      httpPort: 4242,
      httpHost: undefined,
      httpAllowedHosts: [],
      discoveryPort: 3000,
      cluster: 'lanyard',
    });
    expect(rest).to.deep.include({
      interfaces: [],
      maxSlaves: 1024,
      pollInterval: 1000,
      queueLimit: 10_000,
      grace: 3000,
    });
    expect(rest.httpOpen).to.be.oneOf([false, undefined]);
  });

  it('have the defaults of DESIGN §5 at the slave, with a max load of 1e11 per thread', () => {
    const options = readSlaveOptions(['--concurrency', '3']);
    expect(options).to.deep.include({
      discoveryPort: 3000,
      cluster: 'lanyard',
      interfaces: [],
      metricsPort: 0,
      nice: 5,
      taskMemory: 512 * 1024 ** 2,
    });
    expect(options).to.deep.include({
      master: undefined,
      name: undefined,
      portRange: undefined,
      labels: [],
      drainTimeout: 30_000,
    });
    expect(options.maxLoad).to.equal(3e11);
    expect(readSlaveOptions(['--concurrency', '3', '--max-load', '1e7']).maxLoad).to.equal(1e7);
    expect(readSlaveOptions([]).concurrency).to.be.at.least(1);
  });

  it('have the defaults of DESIGN §5 at the monitor', () => {
    expect(readMonitorOptions([])).to.deep.equal({
      apiKey: undefined,
      apiKeyFile: undefined,
      grafanaUrl: 'http://localhost:3000',
      prometheusUrl: 'http://localhost:9090',
      perSlaveDatasource: false,
      slavePrometheusPort: 9090,
      targetsPort: 'off',
      targetsHost: undefined,
      dryRun: false,
      pollInterval: 5000,
      master: undefined,
      portRange: undefined,
      cluster: 'lanyard',
      discoveryPort: 3000,
      interfaces: [],
      logLevel: 'info',
    });
    expect(readMonitorOptions(['glsa_x', '--grafana-url', 'off'])).to.include({ apiKey: 'glsa_x', grafanaUrl: 'off' });
  });

  it('are not given oftener than there is room for', () => {
    const labels = (count: number): string[] => Array.from({ length: count }, (_, i) => [`--label`, `k${i}=v`]).flat();
    expect(readSlaveOptions(labels(32)).labels).to.have.length(32);
    expect(() => readSlaveOptions(labels(33))).to.throw(/exit with code 2/);
  });

  it('can all be given', () => {
    const master = readMasterOptions([
      '--http-open',
      '--http-allowed-host',
      'a',
      '--http-allowed-host',
      'b',
      '--grace',
      '0',
    ]);
    expect(master).to.deep.include({ httpOpen: true, httpAllowedHosts: ['a', 'b'], grace: 0 });
    const slave = readSlaveOptions([
      '--master',
      'h:1',
      '--port-range',
      '1-3',
      '--label',
      'a=b',
      '--cpu-source',
      'file:/x',
    ]);
    expect(slave).to.deep.include({
      master: { address: 'h', port: 1 },
      portRange: { first: 1, last: 3 },
      labels: [['a', 'b']],
    });
    expect(slave.cpuSource).to.deep.equal({ kind: 'file', path: '/x' });
  });

  it('take an algorithm with underscores', () => {
    expect(readMasterOptions(['least_difference']).algorithm.name).to.equal('least-difference');
  });
});
