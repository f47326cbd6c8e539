// Starts N backends in one process, each with a port and a registration of its own. One process is enough, because their work
// sleeps; servers that compute would be processes, or machines.
import { count, number, readOptions } from '../common/arguments.ts';
import { Backend } from './backend.ts';

const HELP = `Starts servers that reverse strings and registers them at a master of Lanyard.

  --master <host:port>   the master's --grpc-port (127.0.0.1:50051)
  --servers <n>          how many (10)
  --service <name>       under which name clients ask for them (reverse)
  --name <prefix>        they are called <prefix>-1, <prefix>-2 … (backend)
  --host <address>       where they listen (127.0.0.1); 0.0.0.0 or ::: for clients on other machines
  --at-once <n>          calls that each does at once, others wait (4)
  --load-step <x>        an idle server reports x times its number, counted from 0 (0)`;

const options = readOptions(HELP, {
  master: { type: 'string', default: '127.0.0.1:50051' },
  servers: { type: 'string', default: '10' },
  service: { type: 'string', default: 'reverse' },
  name: { type: 'string', default: 'backend' },
  host: { type: 'string', default: '127.0.0.1' },
  'at-once': { type: 'string', default: '4' },
  'load-step': { type: 'string', default: '0' },
});
const { master, service, name, host } = options;
const servers = count('servers', options.servers);
const atOnce = count('at-once', options['at-once']);
const loadStep = number('load-step', options['load-step']);

const backends: Backend[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const backend of backends) backend.stop();
    process.exit(0);
  });
}

try {
  // One after the other, so that they join in this order.
  for (let i = 0; i < servers; i++) {
    const id = `${name}-${i + 1}`;
    const say = (text: string): void => console.error(text);
    backends.push(await Backend.start({ master, id, service, host, atOnce, idleLoad: i * loadStep, say }));
  }
  console.log(`${servers} servers of "${service}" are registered at ${master}; Ctrl-C ends them.`);
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  console.error(`Server ${backends.length + 1} could not be started: ${why}`);
  process.exit(1);
}
