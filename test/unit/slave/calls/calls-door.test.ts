// The door of calls at a slave: how many may be under way follows from how many may wait, and who is refused learns by which option.
import '../../../support/worker-threads.ts';
import { expect } from 'chai';
import { createLog } from '../../../../src/common/log.ts';
import { systemClock } from '../../../../src/common/time/clock.ts';
import { openCallsDoor, type CallsDoor } from '../../../../src/slave/calls/calls-door.ts';
import { TaskCounters } from '../../../../src/slave/task-counters.ts';
import { WeightInHand } from '../../../../src/slave/weight-in-hand.ts';
import { ExecutorProbe } from '../../../support/executor-probe.ts';
import { GrpcClient } from '../../../support/grpc-client.ts';
import { Http2Caller } from '../../../support/http2-caller.ts';

/** Calls beside those that wait and run. */
const BESIDE_MAX = 1000;
const PATH = '/lanyard.Compute/ComputeTask';

describe('the door of calls at a slave', () => {
  const probe = new ExecutorProbe();
  const opened: { close(): void }[] = [];
  afterEach(() => opened.splice(0).forEach((each) => each.close()));
  after(() => probe.close());

  async function open(queueLimit: number): Promise<CallsDoor> {
    const door = await openCallsDoor({
      ...{ host: '127.0.0.1', port: 0, range: undefined, log: createLog('test', 'silent'), clock: systemClock },
      ...{ executor: probe.executor, weight: new WeightInHand(1000), counters: new TaskCounters(), concurrency: 1 },
      ...{ queueLimit, taskTypes: [], isDraining: () => false, slaveName: () => 's1' },
    });
    opened.push({ close: () => void door.server.close(0) });
    return door;
  }

  for (const queueLimit of [0, 50]) {
    it(`takes 1000 calls beside the one that runs and the ${queueLimit} that may wait, and says so to others`, async () => {
      const { server } = await open(queueLimit);
      const caller = new Http2Caller(server.port);
      const client = await GrpcClient.open(server.port);
      opened.push({ close: () => caller.destroy() }, client);
      const fill = (count: number): void => {
        for (let i = 0; i < count; i++) void caller.call({ path: PATH, isUnfinished: true });
      };
      fill(queueLimit + BESIDE_MAX);
      await caller.ping();
      const unknown = await client.call('lanyard.Compute', 'ComputeTask', { type: 'nope' });
      expect(unknown.trailers?.get('lanyard-code'), unknown.details).to.deep.equal(['UNKNOWN_TASK_TYPE']);
      fill(1);
      await caller.ping();
      const refused = await client.call('lanyard.Compute', 'ComputeTask', { type: 'nope' });
      expect(refused.trailers?.get('lanyard-code')).to.deep.equal(['QUEUE_FULL']);
      expect(refused.details).to.contain(`${queueLimit + 1 + BESIDE_MAX} calls are under way`);
      expect(refused.details).to.contain(`--grpc-queue-limit ${queueLimit}`);
    });
  }
});
