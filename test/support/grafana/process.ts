// The stand-in for Grafana as a process of its own, for hosts of the test LAN: `process.ts <port> <token of an Admin>`.
import { GrafanaStandIn } from './stand-in.ts';

const [port = '', token = ''] = process.argv.slice(2);
const grafana = new GrafanaStandIn({ port: Number(port) });
grafana.tokens.set(token, 'Admin');
await grafana.start();
console.log('the stand-in for Grafana is up');
