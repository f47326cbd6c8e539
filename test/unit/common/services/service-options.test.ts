// Option values about services, as people write them.
import { expect } from 'chai';
import { integerFrom } from '../../../../src/common/config/values.ts';
import { metricPath, metricUrl } from '../../../../src/common/services/metric-option.ts';
import {
  forService,
  healthPath,
  namedServers,
  namedService,
  settingFor,
  strangeService,
} from '../../../../src/common/services/service-address.ts';

const LOCAL = { hostname: '127.0.0.1', port: 5000, host: '127.0.0.1:5000', basePath: '' };

describe('the URL of a service', () => {
  it('has a name before it, and perhaps a path, whose last slash does not count', () => {
    expect(namedService('web=http://127.0.0.1:5000')).to.deep.equal(['web', LOCAL]);
    expect(namedService('web=http://127.0.0.1:5000/')).to.deep.equal(['web', LOCAL]);
    expect(namedService('a.b-c_1=http://h/app/v1//')[1]).to.include({ host: 'h', port: 80, basePath: '/app/v1' });
    expect(namedService('web=http://[::1]:5000')[1]).to.include({ hostname: '::1', host: '[::1]:5000' });
    expect(namedService('web=http://localhost:0')[1]).to.include({ port: 0 });
  });

  for (const text of [
    ...['http://h:1', 'web', 'web=', '=http://h:1', 'web=h:1', 'web=https://h', 'web=ftp://h', 'web=http://'],
    ...['web=http://u:p@h', 'web=http://h?x', 'web=http://h/#x', 'web=http://h:70000', 'web=http://h /', '..=http://h'],
    ...['a b=http://h', 'web=http:///h', 'web=http:h', '-x=http://h', 'web=http://h:1,http://h:2'],
  ])
    it(`is not ${text}`, () => {
      expect(() => namedService(text)).to.throw('Expected name=http://host:port');
    });

  const problems: readonly [text: string, problem: string][] = [
    ['web=https://h:1', 'https is not supported: requests to a service are not encrypted'],
    ['web=ftp://h:1', 'ftp is not supported, only http'],
    ['web=h:5000', 'the URL does not begin with http://'],
    ['web=http://h:70000/app', 'the port is above 65535'],
    ['web=http://h 1:5000', 'a URL holds no blanks'],
    ['a b=http://h:1', 'a name holds no blanks'],
    ['.web=http://h:1', 'a name is 1 to 64 letters'],
    ['http://h:1', 'there is no name before the URL'],
    ['http://h:1/?a=b', 'there is no name before the URL'],
  ];
  for (const [text, problem] of problems)
    it(`says what is wrong with ${text}`, () => {
      expect(() => namedService(text)).to.throw(`; ${problem}`);
      expect(() => namedServers(text)).to.throw(`; ${problem}`);
      if (text.startsWith('web='))
        expect(() => namedServers(`web=http://h:1,${text.slice(4)}`)).to.throw(`; ${problem}`);
    });

  it("has no name that stands for the slaves' tasks", () => {
    for (const name of ['compute', 'compute-calls']) {
      expect(() => namedService(`${name}=http://h:1`)).to.throw(`Expected another name than ${name}, which stands`);
      expect(() => namedServers(`${name}=http://h:1`)).to.throw(`Expected another name than ${name}, which stands`);
    }
  });

  it('may be one of several, each with a port that is known', () => {
    const [name, addresses] = namedServers('web=http://h1:5000,http://h2:5000/app');
    expect([name, addresses.map(({ host, basePath }) => host + basePath)]).to.deep.equal([
      'web',
      ['h1:5000', 'h2:5000/app'],
    ]);
    for (const text of ['web=', 'web=http://h1,', 'web=http://h1,h2', 'web=http://h1:0', 'http://h1'])
      expect(() => namedServers(text), text).to.throw('several separated by commas');
  });
});

describe('a value for a service', () => {
  const connections = forService(integerFrom(1, 100));

  it('is for the one that it names, else for all', () => {
    expect(connections('web=10')).to.deep.equal({ service: 'web', value: 10 });
    expect(connections('10')).to.deep.equal({ service: undefined, value: 10 });
    expect(() => connections('web=0')).to.throw('Expected an integer from 1 to 100');
    expect(() => connections('=10')).to.throw('Expected');
  });

  it('is the last of its own, or the last for all when it has none', () => {
    const settings = ['web=1', '2', 'web=3', '4'].map(connections);
    expect([settingFor(settings, 'web'), settingFor(settings, 'api'), settingFor([], 'web')]).to.deep.equal([
      3,
      4,
      undefined,
    ]);
  });

  it('that names none of the services is found', () => {
    expect(strangeService(['web=1', '2'].map(connections), ['web'])).to.equal(undefined);
    expect(strangeService(['web=1', 'wbe=2'].map(connections), ['web'])).to.equal('wbe');
  });

  it('may be a path, though that may hold an equals sign', () => {
    const read = forService(healthPath);
    expect(read('/health?deep=1')).to.deep.equal({ service: undefined, value: '/health?deep=1' });
    expect(read('web=/health')).to.deep.equal({ service: 'web', value: '/health' });
    for (const text of ['health', '', 'web=', '/a b', '/a#b', '/é', 'http://h/health', '/a\r\nb'])
      expect(() => read(text), text).to.throw('Expected a path such as /health');
  });
});

describe('the metric of a service', () => {
  it('is on a page, and may have labels', () => {
    expect(metricUrl('http://h:9100/metrics#a{b="c,d=e#f"}')).to.deep.equal({
      ...{ hostname: 'h', port: 9100, path: '/metrics' },
      selector: { name: 'a', labels: { b: 'c,d=e#f' } },
    });
    expect(metricUrl('http://h#a')).to.include({ port: 80, path: '/' });
    expect(metricUrl('http://h/m?x=1#a')).to.include({ path: '/m?x=1' });
    expect(forService(metricUrl)('web=http://h/metrics#a')).to.include({ service: 'web' });
    expect(forService(metricUrl)('http://h/metrics#a{b="c"}')).to.include({ service: undefined });
  });

  it('is on the same path of each server for a master', () => {
    const selector = { name: 'a', labels: {} };
    expect(metricPath('/metrics#a')).to.deep.equal({ path: '/metrics', selector });
    for (const text of ['/metrics', 'metrics#a', '#a', 'http://h/metrics#a', '/metrics#'])
      expect(() => metricPath(text), text).to.throw(
        'Expected a path on each server, no URL, and a metric of that page: ',
      );
  });

  it('is shown as it may be given when it is none', () => {
    const exampleOf = (read: (text: string) => unknown): string => {
      try {
        read('#');
      } catch (error) {
        return /: (\S+#sessions),/.exec((error as Error).message)?.[1] ?? 'no example';
      }
      return 'no error';
    };
    expect(() => metricUrl(exampleOf(metricUrl))).not.to.throw();
    expect(() => metricPath(exampleOf(metricPath))).not.to.throw();
    expect(exampleOf(metricUrl)).to.equal('http://127.0.0.1:5000/metrics#sessions');
  });

  for (const text of [
    'http://h/metrics',
    'http://h/metrics#',
    'http://h/metrics#1',
    'h/metrics#a',
    'https://h/#a',
    '#a',
  ])
    it(`is not ${text}`, () => {
      expect(() => metricUrl(text)).to.throw('Expected a URL and a metric');
    });
});
