// What the doctor reads out of firewall rules: does this machine drop what comes in, and does it let answers in?
import { expect } from 'chai';
import { dropsOf, readFirewall } from '../../../../src/lab/doctor/firewall.ts';
import { networkOf, platformOf } from '../../../support/doctor-facts.ts';

type Expr = readonly Record<string, unknown>[];

const DROP = { drop: null };
const ACCEPT = { accept: null };
const match = (left: unknown, right: unknown): Record<string, unknown> => ({ match: { op: '==', left, right } });
const PROTOCOL_UDP = match({ meta: { key: 'l4proto' } }, 'udp');
const ESTABLISHED = match({ ct: { key: 'state' } }, ['established', 'related']);
const LOOPBACK = match({ meta: { key: 'iif' } }, 'lo');
const over = (name: unknown): Record<string, unknown> => match({ meta: { key: 'iifname' } }, name);
const field = (protocol: string, name: string, value: unknown): Record<string, unknown> =>
  match({ payload: { protocol, field: name } }, value);
const FROM_LAN = field('ip', 'saddr', { prefix: { addr: '10.77.0.0', len: 24 } });
const FROM_MASTER = field('udp', 'sport', 3000);
const TO_SLAVE = field('tcp', 'dport', { range: [4300, 4302] });
/** A slave on eth0, 10.77.0.2/24, with three ports. */
const EXPECTED = {
  interfaces: [networkOf({})],
  discoveryPort: 3000,
  masterPort: 3000,
  portRange: { first: 4300, last: 4302 },
};

/** One chain as nft lists it, at the hook `input` unless told otherwise. */
function ruleset(policy: string, rules: readonly Expr[], hook = 'input', family = 'inet'): string {
  const place = { family, table: 'filter' };
  const chain = { ...place, name: 'in', type: 'filter', hook, prio: 0, policy };
  const listed = rules.map((expr) => ({ rule: { ...place, chain: 'in', expr } }));
  return JSON.stringify({ nftables: [{ metainfo: {} }, { table: {} }, { chain }, ...listed] });
}

describe('the rules of a firewall', () => {
  const short = (text: string, expected: Parameters<typeof dropsOf>[1] = EXPECTED): string[] =>
    dropsOf(text, expected).map(
      ({ what, protocols, lets, isCertain }) =>
        `${what}; ${protocols.join('+')}; ${lets}${isCertain ? '' : '; not certain'}`,
    );
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
    const all = 'a rule of nft chain inet filter in drops UDP; udp; nothing';
    expect(short(ruleset('accept', [[PROTOCOL_UDP, DROP]]))).to.deep.equal([all]);
    expect(short(ruleset('accept', [[over('eth0'), PROTOCOL_UDP, DROP]]))).to.deep.equal([all]);
    expect(short(ruleset('accept', [[LOOPBACK, PROTOCOL_UDP, DROP]]))).to.deep.equal([]);
  });

  it('may name what they do not drop', () => {
    const others = { match: { op: '!=', left: { payload: { protocol: 'ip', field: 'protocol' } }, right: 'udp' } };
    const tcp = 'a rule of nft chain inet filter in drops TCP; tcp; nothing';
    expect(short(ruleset('accept', [[others, DROP]]))).to.deep.equal([tcp]);
  });

  const LETS_ANSWERS: Expr = [ESTABLISHED, ACCEPT];
  const letIn: readonly (readonly [title: string, rules: readonly Expr[]])[] = [
    [
      'with the rules that the doctor advises',
      [
        [FROM_LAN, FROM_MASTER, ACCEPT],
        [TO_SLAVE, ACCEPT],
      ],
    ],
    ['over their interface', [[over('eth0'), ACCEPT]]],
    ['over one of these interfaces', [[over({ set: ['lo', 'eth0'] }), ACCEPT]]],
    ['over interfaces of that name', [[over('eth*'), ACCEPT]]],
    ['by their protocols', [[match({ meta: { key: 'l4proto' } }, { set: ['tcp', 'udp'] }), ACCEPT]]],
    ['by their sender', [[FROM_LAN, ACCEPT]]],
    [
      'by a map',
      [
        [
          {
            vmap: {
              key: { meta: { key: 'iifname' } },
              data: {
                set: [
                  ['lo', DROP],
                  ['eth0', ACCEPT],
                ],
              },
            },
          },
        ],
      ],
    ],
  ];
  for (const [title, rules] of letIn)
    it(`are in nobody’s way when they let masters in ${title}`, () => {
      expect(short(ruleset('drop', [LETS_ANSWERS, ...rules]))).to.deep.equal([]);
    });

  it('let in what a chain lets in to which they send it', () => {
    const other = { rule: { family: 'inet', table: 'filter', chain: 'other', expr: [FROM_MASTER, ACCEPT] } };
    const { nftables } = JSON.parse(
      ruleset('drop', [
        [over('eth0'), { jump: { target: 'other' } }],
        [TO_SLAVE, ACCEPT],
      ]),
    ) as {
      nftables: unknown[];
    };
    expect(short(JSON.stringify({ nftables: [...nftables, other] }))).to.deep.equal([]);
    expect(short(JSON.stringify({ nftables }))).to.deep.equal([
      'nft chain inet filter in drops UDP that no rule lets in; udp; nothing',
    ]);
  });

  it('let answers in by a map of states, too', () => {
    const states = {
      set: [
        ['invalid', DROP],
        ['established', ACCEPT],
        ['related', ACCEPT],
      ],
    };
    const map = { vmap: { key: { ct: { key: 'state' } }, data: states } };
    expect(short(ruleset('drop', [[map]]))).to.deep.equal([`${REST}; answers`]);
  });

  it('of other interfaces do not count', () => {
    expect(short(ruleset('accept', [[over('eth9'), DROP]]))).to.deep.equal([]);
    expect(short(ruleset('drop', [[over('eth9'), ACCEPT]]))).to.deep.equal([`${REST}; nothing`]);
    const two = { ...EXPECTED, interfaces: [networkOf({}), networkOf({ name: 'eth1', address: '10.78.0.2' })] };
    expect(short(ruleset('accept', [[over('eth1'), DROP]]), two)).to.deep.equal([
      'a rule of nft chain inet filter in drops UDP and TCP on eth1; udp+tcp; nothing; not certain',
    ]);
  });

  it('that cannot be judged are not said to drop', () => {
    const marked = match({ meta: { key: 'mark' } }, 7);
    const foreign = { xt: { type: 'match', name: 'multiport' } };
    const part = field('ip', 'saddr', '10.77.0.9');
    for (const condition of [marked, foreign, part, { xt: null }])
      expect(short(ruleset('drop', [[condition, ACCEPT]]))).to.deep.equal([
        'nft chain inet filter in may drop what no rule lets in; udp+tcp; answers; not certain',
      ]);
    expect(short(ruleset('accept', [[marked, DROP]]))).to.deep.equal([]);
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
    let output = '-P INPUT DROP\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n';
    const run = (program: string): Promise<string | undefined> =>
      Promise.resolve(program === 'iptables' ? output : undefined);
    const { isRead, drops } = await readFirewall(platformOf({}, { isRoot: true, run }), EXPECTED);
    expect([isRead, drops.map(({ lets, isCertain }) => [lets, isCertain])]).to.deep.equal([true, [['answers', true]]]);
    output += '-A INPUT -p udp -m udp --sport 3000 -j ACCEPT\n';
    const { drops: perhaps } = await readFirewall(platformOf({}, { isRoot: true, run }), EXPECTED);
    expect(perhaps.map(({ what, isCertain }) => [what, isCertain])).to.deep.equal([
      ['iptables chain INPUT may drop what no rule lets in', false],
    ]);
  });
});
