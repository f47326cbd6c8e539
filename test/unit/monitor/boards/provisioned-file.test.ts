// deploy/grafana/dashboards/ holds what src/monitor/boards/ makes: after a change there, `make board`.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { overviewBoard, OVERVIEW_UID } from '../../../../src/monitor/boards/provisioned-board.ts';
import { ROOT } from '../../../support/node-process.ts';

const FILE = `deploy/grafana/dashboards/${OVERVIEW_UID}.json`;

describe('the board that deploy/ provisions', () => {
  it('is what make board writes now', () => {
    const text = readFileSync(path.join(ROOT, FILE), 'utf8');
    const wanted = `${JSON.stringify(overviewBoard('lanyard-prometheus'), null, 1)}\n`;
    expect(text === wanted, `${FILE} is not what the sources make: run make board`).to.be.true;
  });
});
