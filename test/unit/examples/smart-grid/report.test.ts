// What a rush hour is said to have come to.
import { expect } from 'chai';
import { prometheusConfig } from '../../../../examples/smart-grid/prometheus.ts';
import { resultOf, resultPicture, resultTable, type Facts } from '../../../../examples/smart-grid/report.ts';
import { meanCharge, vehiclesOf, type Outcome, type Vehicle } from '../../../../examples/smart-grid/rush-hour.ts';
import { evenness, evennessOverTime, valueOf } from '../../../../examples/smart-grid/sessions.ts';

const outcome = (vehicleId: string, substation: string, seconds: number): Outcome => ({
  vehicleId,
  status: substation === '' ? 503 : 200,
  substation,
  seconds,
  why: substation === '' ? 'all are full' : '',
});

const FACTS: Facts = {
  how: '10/s',
  algorithm: 'least-load',
  seconds: 4,
  substations: ['s-1', 's-2'],
  outcomes: [outcome('a', 's-1', 1), outcome('b', 's-1', 2), outcome('c', 's-2', 3), outcome('d', '', 4)],
  charged: ['a', 'b', 'c'],
  killed: { substation: 's-2', atSeconds: 2, sessions: 1 },
  curves: {
    's-1': [
      [0, 2],
      [1, 2],
    ],
    's-2': [
      [0, 2],
      [1, 0],
    ],
  },
  scraped: { 's-1': [[1, 2]], 's-2': [[9, 1]] },
};

describe('the report of the smart grid', () => {
  it('counts what was charged, where, how fast, and what was not and why', () => {
    const result = resultOf(FACTS);
    expect(result).to.deep.include({ requests: 4, successful: 3, charges: { 's-1': 2, 's-2': 1 }, chargedTwice: 0 });
    expect(result.times).to.include({ mean: 2, max: 3 });
    expect(result.reasons).to.deep.equal(['all are full']);
    expect(result.evenCharges).to.equal(0.75);
    expect(result.evenSessions).to.be.closeTo(3 / 4, 1e-9);
  });

  it('sees a vehicle that was charged twice', () => {
    expect(resultOf({ ...FACTS, charged: ['a', 'b', 'c', 'a'] }).chargedTwice).to.equal(1);
  });

  it('shows the published figures below ours, and says what is not defined there', () => {
    const lines = resultTable([resultOf(FACTS)]).split('\n');
    expect(lines).to.have.length(4);
    expect(lines[2]).to.contain('10/s, one killed').and.to.contain('2 1');
    expect(lines[3]).to.match(/^\| published .* 1\.20 .* 0\.95, not defined \|/);
    expect(new Set(lines.map((line) => line.length)).size).to.equal(1);
  });

  it('draws curves of sessions, what Prometheus saw meanwhile, the kill, and the distribution', () => {
    const svg = resultPicture([resultOf(FACTS)]);
    expect(svg).to.contain('s-2 killed').and.to.contain('Distribution of requests');
    expect(svg.match(/<circle/g)).to.have.length(1); // the second scrape came after the rush hour
  });
});

describe('evenness', () => {
  it('is 1 when all have the same or nothing, and 1 ÷ n when one has all', () => {
    expect(evenness([5, 5, 5])).to.equal(1);
    expect(evenness([0, 0])).to.equal(1);
    expect(evenness([6, 0, 0])).to.be.closeTo(1 / 3, 1e-9);
    expect(evennessOverTime({})).to.equal(1);
  });
});

describe('parts of the rush hour', () => {
  const vehicle = (kWh: number): Vehicle => ({ vehicleId: 'ev', kWh });

  it('vehicles want from 1 to 100 kWh, the same each time', () => {
    const vehicles = vehiclesOf('ev', 500);
    for (const { kWh } of vehicles) expect(kWh).to.be.within(1, 100);
    expect(vehiclesOf('ev', 500)).to.deep.equal(vehicles);
    expect(new Set(vehicles.map(({ vehicleId }) => vehicleId)).size).to.equal(500);
    expect(meanCharge([vehicle(25), vehicle(75)], 1000, 3000)).to.equal(2);
    const mean = vehicles.reduce((sum, { kWh }) => sum + kWh, 0) / 500;
    expect(mean).to.be.within(45, 56);
  });

  it('a metric is read from its own line, not from that of a longer name', () => {
    const page = '# TYPE a gauge\na_total 7\na 3\n';
    expect(valueOf(page, 'a')).to.equal(3);
    expect(valueOf(page, 'b')).to.equal(undefined);
  });

  it('Prometheus is told of every substation by its name', () => {
    const substation = (n: number): never => ({ name: `s-${n}`, url: `http://127.0.0.1:${n}/` }) as never;
    const grid = { master: 'http://127.0.0.1:1/', gateway: 'http://127.0.0.1:2/', substations: [3, 4].map(substation) };
    const config = prometheusConfig(grid, 5);
    expect(config).to.contain('scrape_interval: 5s').and.to.contain("['127.0.0.1:2']");
    expect(config).to.match(/'127\.0\.0\.1:4'\]\n {8}labels:\n {10}substation: "s-4"\n/);
  });
});
