// The key for Grafana: given once, found once, shown nowhere.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { findKey } from '../../../src/monitor/key-source.ts';

const KEY = 'glsa_0123456789abcdef';

describe('the key for Grafana', () => {
  let folder = '';
  const file = (text: string, mode = 0o600): string => {
    const name = path.join(folder, 'key');
    rmSync(name, { force: true });
    writeFileSync(name, text);
    chmodSync(name, mode);
    return name;
  };
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'lanyard-key-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
    delete process.env['LANYARD_API_KEY'];
  });

  it('comes from the command line or the environment, which is then without it', () => {
    process.env['LANYARD_API_KEY'] = KEY;
    expect(findKey({ apiKey: ` ${KEY}\n`, apiKeyFile: undefined })).to.deep.equal({ text: KEY, isExposed: false });
    expect(process.env['LANYARD_API_KEY']).to.equal(undefined);
  });

  it('comes from a file, without the line end', () => {
    expect(findKey({ apiKey: undefined, apiKeyFile: file(`${KEY}\n`) })).to.deep.equal({ text: KEY, isExposed: false });
  });

  it('is known to be exposed when others may read the file', () => {
    expect(findKey({ apiKey: undefined, apiKeyFile: file(KEY, 0o644) }).isExposed).to.equal(true);
    expect(findKey({ apiKey: undefined, apiKeyFile: file(KEY, 0o640) }).isExposed).to.equal(true);
  });

  it('need not be there', () => {
    expect(findKey({ apiKey: undefined, apiKeyFile: undefined }).text).to.equal(undefined);
    expect(findKey({ apiKey: ' ', apiKeyFile: undefined }).text).to.equal(undefined);
  });

  it('is not taken from two places', () => {
    const twice = (): unknown => findKey({ apiKey: KEY, apiKeyFile: file(KEY) });
    expect(twice)
      .to.throw(/given twice/)
      .with.property('code', 'BAD_OPTION');
    expect(twice).to.throw().with.property('message').that.does.not.include(KEY);
  });

  it('is not shown when it stands where its file belongs', () => {
    for (const key of ['glsa_0123456789abcdefghijABCDEFGHIJ45_0a1b2c3d', 'k'.repeat(5000)]) {
      const wrong = (): unknown => findKey({ apiKey: undefined, apiKeyFile: key });
      expect(wrong)
        .to.throw(/looks like a key/)
        .with.property('message')
        .that.does.not.include(key.slice(0, 12));
    }
  });

  it('is missed by name when the file is not there or empty', () => {
    const missing = path.join(folder, 'nothing');
    expect(() => findKey({ apiKey: undefined, apiKeyFile: missing })).to.throw(
      /--api-key-file .*nothing.*there is no such file/,
    );
    expect(() => findKey({ apiKey: undefined, apiKeyFile: file(' \n') })).to.throw(/--api-key-file .*it is empty/);
    expect(() => findKey({ apiKey: undefined, apiKeyFile: folder })).to.throw(/--api-key-file .*this is a folder/);
  });
});
