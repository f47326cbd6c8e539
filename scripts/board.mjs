// `make board`: writes the overview board that deploy/ provisions, from src/monitor/boards/. Run through tsx. A test compares.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { overviewBoard, OVERVIEW_UID } from '../src/monitor/boards/provisioned-board.ts';

const DATA_SOURCE = 'lanyard-prometheus'; // its uid in deploy/grafana/provisioning/datasources/lanyard.yml

const file = path.resolve(import.meta.dirname, `../deploy/grafana/dashboards/${OVERVIEW_UID}.json`);
const text = `${JSON.stringify(overviewBoard(DATA_SOURCE), null, 1)}\n`;
writeFileSync(file, text);
console.log(`${path.relative(process.cwd(), file)}: ${text.length} bytes`);
