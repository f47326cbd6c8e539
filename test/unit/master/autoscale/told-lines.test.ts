// What is told of the output of a replica that ended.
import { writeSync } from 'node:fs';
import { expect } from 'chai';
import type { Container } from 'dockerode';
import { endOf } from '../../../../src/master/autoscale/docker-end.ts';
import { ReplicaLogs } from '../../../../src/master/autoscale/replica-logs.ts';
import { joinedLines, toldLines } from '../../../../src/master/autoscale/told-lines.ts';

describe('the lines that tell why a replica ended', () => {
  const trace = ['Node.js v22', 'a', 'b', 'c', 'd'];

  it('are the last ones when none is an error, or when it is among them', () => {
    expect(toldLines(trace, 3)).to.deep.equal(['b', 'c', 'd']);
    expect(toldLines(['a', 'Error: no port', 'b'], 3)).to.deep.equal(['a', 'Error: no port', 'b']);
  });

  for (const error of [
    'Error: no port',
    'TypeError: x is no function',
    'Error [ERR_MODULE_NOT_FOUND]: Cannot find module',
    'service says: Error [ERR_MODULE_NOT_FOUND]: Cannot find module',
    'Uncaught RangeError: too long',
  ])
    it(`begin with the first error, however long ago: ${error}`, () => {
      expect(toldLines(['begin', error, 'Error: second', ...trace], 3)).to.deep.equal([error, 'c', 'd']);
    });

  it('are told with the error of a replica that is a process, and of one that is a container', async () => {
    const says = ['throw new Error("no port")', 'Error: no port', ...Array.from({ length: 20 }, (_, i) => `line ${i}`)];
    const output = says.map((text) => `${JSON.stringify({ level: 30, msg: 'service says', text })}\n`).join('');
    const logs = new ReplicaLogs({ cluster: `told-${process.pid}`, discoveryPort: 1 });
    await logs.opened('r1', (descriptor) => Promise.resolve(writeSync(descriptor, output)));
    expect(logs.tail('r1')).to.equal('Error: no port / line 16 / line 17 / line 18 / line 19');
    await logs.remove('r1');
    const header = Buffer.alloc(8);
    header.writeUInt32BE(Buffer.byteLength(output), 4);
    const container = {
      inspect: () => Promise.resolve({ State: { Status: 'exited', ExitCode: 1, OOMKilled: false } }),
      logs: () => Promise.resolve(Buffer.concat([header, Buffer.from(output)])),
    } as unknown as Container;
    const end = await endOf(container, new AbortController().signal);
    expect(end).to.match(
      /^ended with exit code 1: service says: Error: no port \| service says: line 11 \| .* line 19$/,
    );
  });

  it('keep the beginning of the error and the end of the rest when they are too long', () => {
    const text = joinedLines(
      ['x'.repeat(900), `Error: no port ${'y'.repeat(900)}`, 'z'.repeat(900), 'end'],
      ' | ',
      1000,
    );
    expect(text)
      .to.match(/^Error: no port y+ \| z+ \| end$/)
      .and.have.length(1000);
    expect(joinedLines(['a'.repeat(20), 'b'], ' | ', 10)).to.equal('aaaaaa | b');
  });
});
