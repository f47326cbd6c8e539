// Options about replicas that do not fit: each is said, and ends the master with exit code 2.
import { expect } from 'chai';
import { LOOPBACK, stopAll } from '../support/cluster.ts';
import { NodeProcess } from '../support/node-process.ts';

const BAD: readonly [args: readonly string[], sentence: string][] = [
  [['--autoscale', 'web=8:1'], 'Expected group=min:max with 0 ≤ min ≤ max and 1 ≤ max ≤ 1000, such as web=1:8.'],
  [['--autoscale', 'web=1:8'], '--autoscale web=1:8: expected --provider beside it: process or docker'],
];

describe('bad options about replicas', () => {
  after(stopAll);

  it('name what was expected and what came, and exit 2', async () => {
    await Promise.all(
      BAD.map(async ([args, sentence]) => {
        const node = new NodeProcess('bin/master', { args: [...LOOPBACK, '--http-port', 'off', ...args] });
        expect(await node.exited, args.join(' ')).to.deep.include({ code: 2 });
        expect(node.output).to.contain(sentence);
      }),
    );
  });
});
