// The same bounds of --max-connections at a slave and at the master; those of templates: test/unit/master/autoscale/templates.test.ts.
import { expect } from 'chai';
import { FORWARD_OPTIONS, serversOf, type ForwardOptions } from '../../../../src/master/forward-options.ts';
import { SERVE_OPTIONS } from '../../../../src/slave/serve-options.ts';

describe('how many requests a service takes at once', () => {
  for (const [who, { read }] of [
    ['a slave', SERVE_OPTIONS.maxConnections],
    ['a master', FORWARD_OPTIONS.maxConnections],
  ] as const)
    it(`is from 1 to 10000 at ${who}`, () => {
      expect([read('1').value, read('web=10000').value]).to.deep.equal([1, 10_000]);
      for (const text of ['0', '10001']) expect(() => read(text)).to.throw('Expected an integer from 1 to 10000');
    });

  it('is 100 at a server of which nothing is said', () => {
    const backends = [FORWARD_OPTIONS.backends.read('web=http://h:1')];
    const none = { maxConnections: [], healthPath: [], loadFrom: [] };
    expect(serversOf({ backends, ...none } as unknown as ForwardOptions)[0]!.slots).to.equal(100);
  });
});
