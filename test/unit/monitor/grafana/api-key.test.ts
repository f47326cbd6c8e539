// The key is shown nowhere but in the header.
import { expect } from 'chai';
import { format, inspect } from 'node:util';
import { ApiKey } from '../../../../src/monitor/grafana/api-key.ts';
import { LanyardError, messageOf } from '../../../../src/common/errors.ts';

const SECRET = 'glsa_secretsecret';

describe('api key', () => {
  it('is in the Authorization header and in nothing else that can be made of it', () => {
    const key = new ApiKey(SECRET);
    expect(key.bearer()).to.equal(`Bearer ${SECRET}`);
    const shown = [
      inspect(key, { depth: 9, showHidden: true }),
      inspect({ options: { key } }, { customInspect: false, showHidden: true, depth: 9 }),
      format('%s %o %O %j', key, key, key, key),
      JSON.stringify({ key, list: [key] }),
      String(key),
      Object.values(key).join(),
      JSON.stringify(Object.getOwnPropertyDescriptors(key)),
    ];
    for (const text of shown) expect(text).not.to.contain('secret');
  });

  it('blots itself out of what a server says', () => {
    expect(new ApiKey(SECRET).redact(`bad ${SECRET}, ${SECRET}!`)).to.equal('bad [key], [key]!');
  });

  it('refuses what cannot be a key, without saying what it was', () => {
    for (const text of ['', 'two words', `${SECRET}\n`, 'schlüssel', `${SECRET}\u0000`, 'x'.repeat(4097)]) {
      let thrown: unknown;
      try {
        new ApiKey(text);
      } catch (error) {
        thrown = error;
      }
      expect(thrown, JSON.stringify(text)).to.be.instanceOf(LanyardError);
      expect((thrown as LanyardError).code).to.equal('BAD_OPTION');
      expect(messageOf(thrown)).to.contain('1 to 4096 visible ASCII');
      expect(inspect(thrown)).not.to.match(/secret|two words|schl|xxx/);
    }
    expect(new ApiKey('x'.repeat(4096)).bearer()).to.have.length(4103);
  });
});
