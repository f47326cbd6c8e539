// Requests that share one connection: all of them end with it.
import { connect } from 'node:net';
import { expect } from 'chai';
import { startCluster, stopAll } from '../support/cluster.ts';
import { eventually } from '../support/wait.ts';

const REQUESTS = 20;

describe('pipelined requests', () => {
  afterEach(stopAll);

  it('free every place in the queue and at the slave when their client hangs up', async () => {
    const { master } = await startCluster({ slaves: [[]] });
    const { port, host } = new URL(master.url);
    const socket = connect(Number(port), '127.0.0.1');
    const one = `GET /task?type=reverse&text=ab&workMs=60000 HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    socket.write(one.repeat(REQUESTS));
    await eventually('all are admitted', async () => {
      return (await master.metrics()).sum('lanyard_tasks_admitted_total') === REQUESTS;
    });
    socket.destroy();
    await eventually('nothing is left', async () => {
      const metrics = await master.metrics();
      return metrics.sum('lanyard_queue_length') + metrics.sum('lanyard_attempts_in_flight') === 0;
    });
    expect((await master.metrics()).sum('lanyard_tasks_ended_total', { state: 'cancelled' })).to.equal(REQUESTS);
  });
});
