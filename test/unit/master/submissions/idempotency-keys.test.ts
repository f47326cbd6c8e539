// Idempotency-Key: the same request again gets the same answer, for as long as one of its tasks is known.
import { expect } from 'chai';
import type { Accepted, Refused } from '../../../../src/master/doors/door.ts';
import { IdempotencyKeys } from '../../../../src/master/submissions/idempotency-keys.ts';

const FULL = { code: 'QUEUE_FULL', message: 'full' } as const;

function accepted(...ids: (string | undefined)[]): Accepted {
  return { ok: true, replayed: false, tasks: ids.map((id) => (id === undefined ? FULL : { id })) };
}

/** Lets everything that waits for settled promises run. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

describe('idempotency keys', () => {
  let keys: IdempotencyKeys;

  beforeEach(() => (keys = new IdempotencyKeys()));

  it('know nothing of a key that was not used', () => {
    expect(keys.find('k', 'f')).to.be.undefined;
    expect(keys.size).to.equal(0);
  });

  it('give the same request its first answer', async () => {
    const answer = accepted('a');
    keys.add('k', 'f', Promise.resolve(answer));
    expect(await keys.find('k', 'f')).to.equal(answer);
  });

  it('tell another request under the same key apart', () => {
    keys.add('k', 'f', Promise.resolve(accepted('a')));
    expect(keys.find('k', 'g')).to.equal('other');
  });

  it('hold keys apart', async () => {
    keys.add('k', 'f', Promise.resolve(accepted('a')));
    keys.add('l', 'f', Promise.resolve(accepted('b')));
    expect(await keys.find('l', 'f')).to.deep.equal(accepted('b'));
    await settled();
    keys.release('l');
    expect([keys.find('l', 'f'), keys.size]).to.deep.equal([undefined, 1]);
  });

  it('let a second request wait for the first while that is being accepted', async () => {
    let resolve: (answer: Accepted) => void = () => undefined;
    keys.add('k', 'f', new Promise<Accepted>((done) => (resolve = done)));
    const second = keys.find('k', 'f');
    expect(keys.find('k', 'g')).to.equal('other');
    resolve(accepted('a'));
    expect(await second).to.deep.equal(accepted('a'));
  });

  it('are forgotten when the last of their tasks is, not before', async () => {
    keys.add('k', 'f', Promise.resolve(accepted('a', undefined, 'b')));
    await settled();
    keys.release('k');
    expect(keys.find('k', 'f')).not.to.be.undefined;
    keys.release('k');
    expect([keys.find('k', 'f'), keys.size]).to.deep.equal([undefined, 0]);
  });

  it('are forgotten as well when the tasks were forgotten before the answer was', async () => {
    keys.add('k', 'f', Promise.resolve(accepted('a', 'b')));
    keys.release('k');
    expect(keys.size).to.equal(1);
    await settled();
    expect(keys.size).to.equal(1);
    keys.release('k');
    expect(keys.size).to.equal(0);
  });

  const failed: Readonly<Record<string, () => Promise<Accepted | Refused>>> = {
    'no task was taken': () => Promise.resolve(accepted(undefined, undefined)),
    'there was no task': () => Promise.resolve(accepted()),
    'the request was refused': () => Promise.resolve({ ok: false, failure: FULL }),
    'accepting broke': () => Promise.reject(new Error('broken')),
  };
  for (const [what, answer] of Object.entries(failed)) {
    it(`are forgotten when ${what}: the client may try again`, async () => {
      keys.add('k', 'f', answer());
      await settled();
      expect([keys.find('k', 'f'), keys.find('k', 'g'), keys.size]).to.deep.equal([undefined, undefined, 0]);
    });
  }

  it('may be used again for something else once they are forgotten', async () => {
    keys.add('k', 'f', Promise.resolve(accepted('a')));
    await settled();
    keys.release('k');
    keys.add('k', 'g', Promise.resolve(accepted('b')));
    await settled();
    expect(await keys.find('k', 'g')).to.deep.equal(accepted('b'));
  });

  it('have room for two million tasks together, given back when they are forgotten', async () => {
    keys.add('k', 'f', Promise.resolve(accepted('a')), 1_999_999);
    await settled();
    expect([keys.hasRoomFor(1), keys.hasRoomFor(2)]).to.deep.equal([true, false]);
    keys.release('k');
    expect(keys.hasRoomFor(2_000_000)).to.be.true;
  });

  it('take the release of an unknown key without harm', () => {
    keys.release('k');
    expect(keys.size).to.equal(0);
  });
});
