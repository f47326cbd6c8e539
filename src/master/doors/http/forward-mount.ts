// Where the forward door hangs in the HTTP door: before fastify, whose part in a request costs more than all of forwarding it, and
// behind the same guard.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ForwardDoor } from '../forward/forward-door.ts';
import { isForwarded } from '../forward/target.ts';
import { isClosing } from '../forward/turn-away.ts';
import type { Guard } from './guard.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers a request if it is for the forward door, or may not be. False: it is for somebody else. */
export type Forward = (request: IncomingMessage, response: ServerResponse, awaitsContinue?: boolean) => boolean;

export function forwardBehind(guard: Guard, door: ForwardDoor | undefined): Forward {
  return (request, response, awaitsContinue) => {
    if (door === undefined || isClosing(request.socket) || !isForwarded(request.url ?? '')) return false;
    const failure = guard.refuse(request);
    if (failure === undefined) door.handle(request, response, awaitsContinue);
    else door.refuse(request, response, failure, awaitsContinue);
    return true;
  };
}

/** Sends `forward` first of all what comes to this server, and refuses tunnels. */
export function mountForward(server: Server, forward: Forward, refuseTunnel: (socket: Duplex) => void): void {
  const others = server.listeners('request') as Listener[];
  server.removeAllListeners('request');
  const pass: Listener = (request, response) => {
    if (isClosing(request.socket)) return;
    for (const listener of others) listener(request, response);
  };
  server.on('request', (request, response) => {
    if (!forward(request, response)) pass(request, response);
  });
  // Without a listener node says 100 Continue at once; a forwarded request first waits for its place.
  server.on('checkContinue', (request, response) => {
    if (forward(request, response, true)) return;
    response.writeContinue();
    pass(request, response);
  });
  server.on('connect', (_request, socket) => {
    // Node hands the connection over bare: without a listener a reset would end the process.
    socket.on('error', () => undefined);
    refuseTunnel(socket);
  });
}
