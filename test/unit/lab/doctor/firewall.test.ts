// What the doctor reads out of firewall rules: does this machine drop what comes in, and does it let answers in?
import { expect } from 'chai';
import { dropsOf, readFirewall } from '../../../../src/lab/doctor/firewall.ts';
import { platformOf } from '../../../support/doctor-facts.ts';

type Expr = readonly Record<string, unknown>[];

const DROP = { drop: null };
const ACCEPT = { accept: null };
const match = (left: unknown, right: unknown): Record<string, unknown> => ({ match: { op: '==', left, right } });
const PROTOCOL_UDP = match({ meta: { key: 'l4proto' } }, 'udp');
const ESTABLISHED = match({ ct: { key: 'state' } }, ['established', 'related']);
const LOOPBACK = match({ meta: { key: 'iif' } }, 'lo');

/** One chain as nft lists it, at the hook `input` unless told otherwise. */
function ruleset(policy: string, rules: readonly Expr[], hook = 'input', family = 'inet'): string {
  const place = { family, table: 'filter' };
  const chain = { ...place, name: 'in', type: 'filter', hook, prio: 0, policy };
  const listed = rules.map((expr) => ({ rule: { ...place, chain: 'in', expr } }));
  return JSON.stringify({ nftables: [{ metainfo: {} }, { table: {} }, { chain }, ...listed] });
}

describe('the rules of a firewall', () => {
  const short = (text: string): string[] =>
    dropsOf(text).map(({ what, protocols, lets }) => `${what}; ${protocols.join('+')}; ${lets}`);
  const REST = 'nft chain inet filter in drops what no rule lets in; udp+tcp';

  it('drop what no rule lets in, by policy or by their last rule', () => {
    expect(short(ruleset('drop', [[LOOPBACK, ACCEPT]]))).to.deep.equal([`${REST}; nothing`]);
    expect(
      short(
        ruleset('drop', [
          [LOOPBACK, ACCEPT],
          [ESTABLISHED, ACCEPT],
        ]),
      ),
    ).to.deep.equal([`${REST}; answers`]);
    expect(
      short(
        ruleset('accept', [
          [ESTABLISHED, ACCEPT],
          [{ counter: {} }, { reject: null }],
        ]),
      ),
    ).to.deep.equal([`${REST}; answers`]);
    const foreign = { xt: { type: 'match', name: 'conntrack' } };
    expect(short(ruleset('drop', [[foreign, ACCEPT]]))).to.deep.equal([`${REST}; answers`]);
  });

  it('may drop one protocol', () => {
    const all = 'nft chain inet filter in drops all UDP; udp; nothing';
    expect(short(ruleset('accept', [[PROTOCOL_UDP, DROP]]))).to.deep.equal([all]);
    expect(short(ruleset('accept', [[LOOPBACK, PROTOCOL_UDP, DROP]]))).to.deep.equal([all]);
  });

  it('are in nobody’s way when they name addresses or ports, let everything in, or see other packets', () => {
    const port = match({ payload: { protocol: 'udp', field: 'dport' } }, 5353);
    const sender = match({ payload: { protocol: 'ip', field: 'saddr' } }, '192.0.2.9');
    expect(
      short(
        ruleset('accept', [
          [port, DROP],
          [sender, DROP],
          [PROTOCOL_UDP, sender, DROP],
        ]),
      ),
    ).to.deep.equal([]);
    expect(short(ruleset('drop', [[ACCEPT]]))).to.deep.equal([]);
    expect(short(ruleset('drop', [], 'output'))).to.deep.equal([]);
    expect(short(ruleset('drop', [], 'input', 'ip6'))).to.deep.equal([]);
    for (const odd of ['', 'nonsense', '{}', '{"nftables": 7}']) expect(short(odd)).to.deep.equal([]);
  });

  it('are read from iptables where there is no nft', async () => {
    const output = '-P INPUT DROP\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n';
    const run = (program: string): Promise<string | undefined> =>
      Promise.resolve(program === 'iptables' ? output : undefined);
    const { isRead, drops } = await readFirewall(platformOf({}, { isRoot: true, run }));
    expect([isRead, drops.map(({ lets }) => lets)]).to.deep.equal([true, ['answers']]);
  });
});
