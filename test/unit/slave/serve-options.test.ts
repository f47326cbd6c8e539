// What the options about services mean together, and which do not go together.
import { expect } from 'chai';
import { LanyardError } from '../../../src/common/errors.ts';
import { SERVE_OPTIONS, servedServices, type ServeOptions } from '../../../src/slave/serve-options.ts';

type Given = Readonly<Partial<Record<keyof typeof SERVE_OPTIONS, string | readonly string[]>>>;

/** As the command line would read them. */
function served(given: Given): ReturnType<typeof servedServices> {
  const read = Object.entries(SERVE_OPTIONS).map(([name, spec]) => {
    const value = given[name as keyof typeof SERVE_OPTIONS];
    if ('repeatable' in spec) return [name, [value ?? []].flat().map((text) => spec.read(text))];
    const text = value ?? ('default' in spec ? spec.default : undefined);
    return [name, text === undefined ? undefined : spec.read(text as string)];
  });
  return servedServices(Object.fromEntries(read) as ServeOptions);
}

describe('the options of a slave that serves', () => {
  it('may be left out altogether', () => {
    expect(served({})).to.deep.equal([]);
    expect(served({ forwardPort: 'off' })).to.deep.equal([]);
  });

  it('give each service its own values, or those for all', () => {
    const [web, api] = served({
      serve: ['web=http://127.0.0.1:5000', 'api=http://127.0.0.1:5001/v1'],
      maxConnections: 'web=7',
      healthPath: ['/health', 'api=/ready'],
      loadFrom: 'api=http://127.0.0.1:9100/metrics#a',
    });
    expect(web).to.include({ name: 'web', slots: 7, healthPath: '/health', metric: undefined, command: undefined });
    expect(api).to.include({ name: 'api', slots: 100, healthPath: '/ready' });
    expect([api!.address.basePath, api!.metric!.port]).to.deep.equal(['/v1', 9100]);
  });

  it('may leave the port to the slave when it runs the service itself', () => {
    const own = { serve: 'web=http://127.0.0.1:0', serviceCommand: 'node server.mjs' };
    expect(served(own)[0]).to.include({ command: 'node server.mjs' });
    expect(served({ ...own, loadFrom: 'http://127.0.0.1:0/metrics#a' })[0]!.metric!.port).to.equal(0);
    expect(served({ ...own, serve: 'web=http://127.0.0.1:5000' })[0]!.address.port).to.equal(5000);
  });

  const serve = 'web=http://127.0.0.1:5000';
  const wrong: readonly (readonly [what: Given, sentence: string])[] = [
    [{ serve: [serve, 'web=http://h:1'] }, '--serve: expected each name once, got web twice'],
    [{ serve, maxConnections: 'wbe=7' }, '--max-connections: expected a name that --serve has (web), got wbe'],
    [{ serve, healthPath: 'api=/h' }, '--health-path: expected a name that --serve has (web), got api'],
    [{ serve, loadFrom: 'x=http://h/m#a' }, '--load-from: expected a name that --serve has (web), got x'],
    [{ maxConnections: '7' }, '--max-connections: expected it together with --serve, which names the service'],
    [{ healthPath: '/h' }, '--health-path: expected it together with --serve, which names the service'],
    [{ serve, forwardPort: 'off' }, '--forward-port: expected a port, since --serve is given; got off'],
    [{ serviceCommand: 'x' }, '--service-command: expected exactly one --serve with it, got 0'],
    [
      { serve: [serve, 'b=http://h:1'], serviceCommand: 'x' },
      '--service-command: expected exactly one --serve with it, got 2',
    ],
    [
      { serve: 'web=http://h:0' },
      '--serve: expected a port from 1 to 65535 for web; 0 is chosen only for a --service-command',
    ],
    [
      { serve, loadFrom: 'http://h:0/m#a' },
      '--load-from: expected a port from 1 to 65535; 0 is that of a service whose port is 0',
    ],
  ];
  for (const [given, sentence] of wrong)
    it(`are refused: ${sentence}`, () => {
      expect(() => served(given)).to.throw(LanyardError, sentence);
    });
});
