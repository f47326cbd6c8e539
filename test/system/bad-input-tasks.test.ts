// Every way to ask for a task wrongly: 400 with a sentence that names the parameter and says what is allowed. Nothing of it
// reaches a slave.
import { expect } from 'chai';
import { startCluster, stopAll, type Cluster } from '../support/cluster.ts';

const ALL_TYPES = 'fib, countprimes, reverse, burn';
const FIB_N = /parameter n\b.*an integer from 0 to 100000/;

/** What is asked, the problem type, and what the sentence must contain. */
const CASES: readonly (readonly [query: string, type: string, ...says: (RegExp | string)[]])[] = [
  ['type=fib', 'bad-parameter', /parameter n is missing/, FIB_N],
  ['type=fib&n=', 'bad-parameter', FIB_N, 'nothing'],
  ['type=fib&n=-1', 'bad-parameter', FIB_N, '-1'],
  ['type=fib&n=1.5', 'bad-parameter', FIB_N, '1.5'],
  ['type=fib&n=1.0', 'bad-parameter', FIB_N, '1.0'],
  ['type=fib&n=1e3', 'bad-parameter', FIB_N, '1e3'],
  ['type=fib&n=0x10', 'bad-parameter', FIB_N, '0x10'],
  ['type=fib&n=%2B5', 'bad-parameter', FIB_N, '+5'],
  ['type=fib&n=%205', 'bad-parameter', FIB_N],
  ['type=fib&n=5%0A', 'bad-parameter', FIB_N],
  ['type=fib&n=NaN', 'bad-parameter', FIB_N, 'NaN'],
  ['type=fib&n=Infinity', 'bad-parameter', FIB_N],
  ['type=fib&n=%D9%A3', 'bad-parameter', FIB_N], // an Arabic digit
  ['type=fib&n=100001', 'bad-parameter', FIB_N, '100001'],
  ['type=fib&n=99999999999999999999999', 'bad-parameter', FIB_N],
  [`type=fib&n=${'9'.repeat(5000)}`, 'bad-parameter', FIB_N, '…'],
  ['type=fib&n=80&n=81', 'bad-parameter', /parameter n was given 2 times/],
  ['type=fib&n=80&n=80', 'bad-parameter', /parameter n was given 2 times/],
  ['type=fib&n=80&m=1', 'bad-parameter', /unknown parameter m/, /fib takes n/],
  ['type=fib&n=80&__proto__=1', 'bad-parameter', /unknown parameter __proto__/],
  ['type=fib&n=80&constructor=1', 'bad-parameter', /unknown parameter constructor/],
  ['type=fib&N=80', 'bad-parameter', /unknown parameter N/],
  ['type=fib&__proto__[n]=80', 'bad-parameter', /unknown parameter __proto__\[n\]/],
  ['type=countprimes&n=300001', 'bad-parameter', /parameter n must be an integer from 0 to 300000/],
  ['type=reverse', 'bad-parameter', /parameter text is missing/],
  ['type=reverse&text=a&workMs=-1', 'bad-parameter', /parameter workMs must be an integer/],
  ['type=burn&ms=3600001', 'bad-parameter', /parameter ms must be an integer from 0 to 3600000/],
  ['n=80', 'bad-parameter', /type is missing/],
  ['', 'bad-parameter', /type is missing/],
  ['type=fib&type=fib&n=80', 'bad-parameter', /type was given 2 times/],
  ['type=&n=80', 'unknown-task-type', ALL_TYPES],
  ['type=fibo&n=80', 'unknown-task-type', 'fibo', ALL_TYPES],
  ['type=FIB&n=80', 'unknown-task-type', ALL_TYPES],
  ['type=__proto__&n=80', 'unknown-task-type', '__proto__', ALL_TYPES],
  ['type=constructor&n=80', 'unknown-task-type', 'constructor', ALL_TYPES],
  ['type=toString', 'unknown-task-type', ALL_TYPES],
  [`type=${'x'.repeat(3000)}`, 'unknown-task-type', ALL_TYPES],
  ['type=fib&n=80&timeout=', 'bad-parameter', /timeout must be a duration such as 500ms/],
  ['type=fib&n=80&timeout=0', 'bad-parameter', /timeout must be .* more than 0/],
  ['type=fib&n=80&timeout=-1s', 'bad-parameter', /timeout/, '-1s'],
  ['type=fib&n=80&timeout=5', 'bad-parameter', /timeout/],
  ['type=fib&n=80&timeout=1e9s', 'bad-parameter', /timeout/],
  ['type=fib&n=80&timeout=9999999h', 'bad-parameter', /timeout/],
  ['type=fib&n=80&timeout=1s&timeout=2s', 'bad-parameter', /timeout .*given once/],
];

describe('GET /task', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ slaves: [[]] });
  });
  after(stopAll);

  for (const [query, type, ...says] of CASES) {
    it(`refuses ?${query.slice(0, 50)}`, async () => {
      const { status, headers, body } = await cluster.master.get(`/task?${query}`);
      expect(status).to.equal(400);
      expect(headers['content-type']).to.equal('application/problem+json; charset=utf-8');
      const problem = JSON.parse(body) as { type: string; title: string; status: number; detail: string };
      expect(problem).to.include({ type: `urn:lanyard:problem:${type}`, status: 400 });
      expect(problem.title).not.to.equal('');
      for (const what of says) {
        if (typeof what === 'string') expect(problem.detail).to.contain(what);
        else expect(problem.detail).to.match(what);
      }
      expect(problem.detail.length, 'rubbish is not repeated at length').to.be.below(400);
    });
  }

  it('takes the least and the greatest that are allowed', async () => {
    expect((await cluster.master.get('/task?type=fib&n=0')).body).to.equal('0');
    expect((await cluster.master.get('/task?n=0080&type=fib')).body).to.equal('23416728348467685');
    const { status, body } = await cluster.master.get('/task?type=fib&n=100000');
    expect([status, body.length]).to.deep.equal([200, 20_899]);
    expect((await cluster.master.get('/task?type=fib&n=80&timeout=1.5s')).status).to.equal(200);
  });

  it('sent nothing of all that to a slave', async () => {
    const metrics = await cluster.slaves[0]!.metrics();
    expect(metrics.sum('lanyard_tasks_requested_total'), 'the good ones above').to.equal(4);
    expect((await cluster.master.metrics()).sum('lanyard_tasks_ended_total', { state: 'failed' })).to.equal(0);
  });
});
