// A bare node:http server that answers a constant: what HTTP alone costs on this machine. Prints its port; ends with its stdin.
import { createServer } from 'node:http';

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 2 }).end('ok');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
