// What `node slave.mjs` runs: the slave, or with `doctor` in front what looks into why it does not join.
import { main as doctor } from '../src/lab/doctor/command.ts';
import { main as slave } from '../src/slave/main.ts';

const [first, ...rest] = process.argv.slice(2);
if (first === 'doctor') void doctor(rest);
else void slave([...(first === undefined ? [] : [first]), ...rest]);
