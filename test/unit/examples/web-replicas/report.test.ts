// What a run with replicas is said to have come to.
import { expect } from 'chai';
import { type Answer, hill } from '../../../../examples/web-replicas/load.ts';
import { areaOf } from '../../../../examples/web-replicas/replicas.ts';
import { resultOf, resultPicture, resultTable, sparkline } from '../../../../examples/web-replicas/report.ts';
import { templateOf } from '../../../../examples/web-replicas/template.ts';

const answer = (server: string, atSeconds: number, seconds: number): Answer => ({
  status: server === '' ? 503 : 200,
  server,
  member: server === '' ? '' : `slave-${server}`,
  atSeconds,
  seconds,
  why: server === '' ? '503: full' : '',
});

const RESULT = resultOf({
  way: 'least-connections',
  answers: [answer('a', 1, 1), answer('b', 4, 2), answer('', 2, 1), answer('a', 3, 3)],
  replicas: [
    [0, 1],
    [2, 4],
    [5, 1],
    [6, 1],
  ],
  ready: [],
  backSeconds: 6,
});

describe('the report of the web replicas', () => {
  it('gives total response time in both meanings, and what the replicas came to', () => {
    expect(RESULT).to.deep.include({
      requests: 4,
      successful: 3,
      allSeconds: 4,
      sumSeconds: 6,
      mostReplicas: 4,
      replicaSeconds: 15,
      servers: ['a', 'b'],
      members: ['slave-a', 'slave-b'],
      reasons: ['503: full'],
    });
    expect(RESULT.successes).to.deep.equal([
      [0, 0],
      [1, 1],
      [3, 2],
      [4, 3],
    ]);
  });

  it('makes a table and a picture of several runs', () => {
    const other = { ...RESULT, way: 'round-robin', mostReplicas: 8 };
    expect(resultTable([RESULT, other]).split('\n')).to.have.length(4);
    const svg = resultPicture([RESULT, other, { ...RESULT, requests: 8 }]);
    expect(svg).to.contain('round-robin').and.to.contain('8 requests').and.not.to.contain('NaN');
  });

  it('draws a curve as text, as high as the most there may be', () => {
    const line = sparkline(RESULT.replicas, 8);
    expect(line).to.have.length(100);
    expect(line[0]).to.equal('▁');
    expect(line[50]).to.equal('▄');
    expect(areaOf([])).to.equal(0);
  });

  it('requests come ever faster until the middle, and then ever slower', () => {
    expect([0, 0.125, 0.5, 0.875, 1].map(hill)).to.deep.equal([0, 0.25, 0.5, 0.75, 1]);
  });

  it('its templates, the same as those for a person, let a server take as many requests as the master sends it', () => {
    for (const provider of ['process', 'docker'] as const) {
      expect(templateOf({ provider, maxRequests: 7, image: 'web:1' })).to.deep.include({
        maxConnections: 7,
        environment: { SERVER_MAX_REQUESTS: '7' },
      });
    }
  });
});
