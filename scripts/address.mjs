// Where something listens, or should: as text, as what a browser can open, and whether it is free. Plain node, no packages.
import { createServer } from 'node:net';

/**
 * @param {{ host: string, port: number | string }} address
 * @returns {string} `host:port`, with brackets around IPv6
 */
export function addressText({ host, port }) {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Where a browser on this machine opens what listens there.
 * @param {{ host: string, port: number | string }} address
 * @returns {string} without a slash at the end
 */
export function localUrl({ host, port }) {
  return `http://${addressText({ host: ['0.0.0.0', '::'].includes(host) ? 'localhost' : host, port })}`;
}

/**
 * Why nothing can listen there; undefined when something can.
 * @param {{ host: string, port: number }} address
 * @returns {Promise<string | undefined>} `EADDRINUSE` and the like
 */
export function whyNotFree({ host, port }) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/**
 * Says why nothing can listen there and what to do, and exits with code 1; does nothing when it can.
 * @param {{ host: string, port: number }} address
 * @param {{ inUse: string, otherwise: string }} advice what to do when the port is taken; when it is something else
 */
export async function exitUnlessFree(address, { inUse, otherwise }) {
  const why = await whyNotFree(address);
  if (why === undefined) return;
  const text = addressText(address);
  if (why === 'EADDRINUSE') console.error(`Something else listens at ${text} already. ${inUse}`);
  else console.error(`Nothing can listen at ${text} (${why}). ${otherwise}`);
  process.exit(1);
}
