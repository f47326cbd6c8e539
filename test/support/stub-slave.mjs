// Stands for ./slave in tests of providers: says how it was started, and ends as BEHAVIOUR says. Its child stands for the service.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const behaviour = process.env.BEHAVIOUR ?? 'plain';
if (behaviour === 'fails') {
  console.error('no such thing as a slave here');
  process.exit(3);
}
const service = behaviour === 'hangs' ? spawn('sleep', ['600'], { stdio: 'ignore' }) : undefined;
process.on('SIGTERM', () => {
  if (behaviour !== 'hangs') process.exit(0);
});
if (process.env.STARTED_FILE !== undefined)
  writeFileSync(
    process.env.STARTED_FILE,
    JSON.stringify({ env: process.env, args: process.argv.slice(2), service: service?.pid }),
  );
setTimeout(() => process.exit(9), 60_000);
