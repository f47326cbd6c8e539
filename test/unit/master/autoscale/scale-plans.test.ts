import { expect } from 'chai';
import { AUTOSCALE_OPTIONS, scalePlans, type AutoscaleOptions } from '../../../../src/master/autoscale-options.ts';

/** As the command line gives them. */
function options(autoscale: string[], provider: string[] = [], template: string[] = []): AutoscaleOptions {
  return {
    autoscale: autoscale.map(AUTOSCALE_OPTIONS.autoscale.read),
    provider: provider.map(AUTOSCALE_OPTIONS.provider.read),
    template: template.map(AUTOSCALE_OPTIONS.template.read),
    idleAfter: 1,
    orphanAfter: 1,
  };
}

describe('the options about replicas', () => {
  it('say for each group who runs it and what it is made of; its own before that of all', () => {
    const given = options(['web=1:8', 'compute=0:4'], ['process', 'web=docker'], ['web=a=b.json', 'all.json']);
    expect(scalePlans(given)).to.deep.equal([
      { group: 'web', min: 1, max: 8, provider: 'docker', template: 'a=b.json' },
      { group: 'compute', min: 0, max: 4, provider: 'process', template: 'all.json' },
    ]);
  });

  for (const text of ['web', 'web=1', 'web=8:1', 'web=0:0', 'web=1:1001', 'web=-1:2', 'web=1.5:2']) {
    it(`refuse --autoscale ${text}`, () => {
      expect(() => AUTOSCALE_OPTIONS.autoscale.read(text)).to.throw('Expected group=min:max with 0 ≤ min ≤ max');
    });
  }

  it('take the names that services may have, and compute for the tasks of slaves', () => {
    const most = 'a'.repeat(64);
    for (const group of ['compute', 'my.web', most])
      expect(AUTOSCALE_OPTIONS.autoscale.read(`${group}=1:2`)).to.deep.equal({ group, min: 1, max: 2 });
    expect(AUTOSCALE_OPTIONS.template.read('my.web=a.json')).to.deep.equal({ service: 'my.web', value: 'a.json' });
    for (const text of ['=1:2', 'a b=1:2', '-a=1:2', '..=1:2', `${most}a=1:2`])
      expect(() => AUTOSCALE_OPTIONS.autoscale.read(text)).to.throw('a service is named by 1 to 64 letters');
    expect(() => AUTOSCALE_OPTIONS.autoscale.read('compute-calls=1:2')).to.throw('needs another name');
  });

  it('refuse a provider that there is not', () => {
    for (const text of ['systemd', 'web=', 'web=systemd', ''])
      expect(() => AUTOSCALE_OPTIONS.provider.read(text)).to.throw('Expected one of process, docker.');
  });

  const mistakes: readonly [given: AutoscaleOptions, sentence: string][] = [
    [options(['web=1:8'], [], ['a']), '--autoscale web=1:8: expected --provider beside it: process or docker'],
    [options(['web=1:8'], ['process']), '--autoscale web=1:8: expected --template beside it: a file'],
    [options(['web=1:8'], ['api=docker']), '--provider api=…: expected a group of --autoscale (web)'],
    [options(['web=1:8', 'web=2:3'], ['docker'], ['a']), '--autoscale web=…: expected each group once'],
    [options([], ['docker']), '--provider docker: expected --autoscale beside it, such as --autoscale web=1:8'],
  ];

  for (const [given, sentence] of mistakes) {
    it(`that do not fit each other are an error: ${sentence}`, () => {
      expect(() => scalePlans(given))
        .to.throw(sentence)
        .with.property('code', 'BAD_OPTION');
    });
  }
});
