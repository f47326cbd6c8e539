// What a backend may say of itself. Everything comes from strangers: what is wrong is named, with what is allowed.
import { BlockList, isIP } from 'node:net';
import type { Failure } from '../../common/errors.ts';
import { isPrintable, printable } from '../../common/text/printable.ts';
import type { Backend } from '../doors/door.ts';
import { isCompute } from './groups.ts';

const ID_CHARS_MAX = 200;
const SERVICE_CHARS_MAX = 100;
const ADDRESS_CHARS_MAX = 255;
/** Beyond it the weight of a lease would be lost in rounding. */
const LOAD_MAX = 1e15;

const HOST_NAME = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;
/** Systems take a name of such parts for an IPv4 address: `0` is all addresses, `127.1` this machine. */
const NUMBER_PART = /^(\d*|0x[\da-f]*)$/i;
/** Where a server listens, and where everybody is reached: not where one backend is. */
const NOT_ONE = new BlockList();
NOT_ONE.addSubnet('0.0.0.0', 8, 'ipv4');
NOT_ONE.addSubnet('224.0.0.0', 4, 'ipv4');
NOT_ONE.addAddress('255.255.255.255', 'ipv4');
NOT_ONE.addAddress('::', 'ipv6');
NOT_ONE.addSubnet('ff00::', 8, 'ipv6');

/** What is wrong with a backend whose address is filled in. `isTaskGroup` knows the groups in which slaves run tasks. */
export function backendProblem(backend: Backend, isTaskGroup: (name: string) => boolean): Failure | undefined {
  const { id, address, port, load, service } = backend;
  return (
    textProblem('id', id, ID_CHARS_MAX) ??
    serviceProblem(service, isTaskGroup) ??
    addressProblem(address) ??
    portProblem(port) ??
    loadProblem(load)
  );
}

export function loadProblem(load: number): Failure | undefined {
  if (Number.isFinite(load) && load >= 0 && load <= LOAD_MAX) return undefined;
  return bad(`load: expected a number from 0 to 1e15, got ${load.toString()}`);
}

function serviceProblem(service: string, isTaskGroup: (name: string) => boolean): Failure | undefined {
  if (isCompute(service) || isTaskGroup(service)) {
    const what = service === '' ? 'an empty service means compute, and that' : `"${printable(service)}"`;
    return bad(`service: ${what} stands for the slaves, which need not register; choose another name`);
  }
  return textProblem('service', service, SERVICE_CHARS_MAX);
}

function addressProblem(address: string): Failure | undefined {
  const version = isIP(address);
  if (version !== 0 && NOT_ONE.check(address, version === 4 ? 'ipv4' : 'ipv6')) {
    return bad(`address: ${address} is no address that clients can call; leave it empty for the one you call from`);
  }
  if (version !== 0) return undefined;
  if (address.length <= ADDRESS_CHARS_MAX && isHostName(address)) return undefined;
  const got = `"${printable(address)}"`;
  return bad(`address: expected a host name or an IP address without a port, or nothing, got ${got}`);
}

function isHostName(address: string): boolean {
  return HOST_NAME.test(address) && !address.split('.').every((part) => NUMBER_PART.test(part));
}

function portProblem(port: number): Failure | undefined {
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return undefined;
  return bad(`port: expected a port from 1 to 65535, got ${port.toString()}`);
}

function textProblem(what: string, text: string, charsMax: number): Failure | undefined {
  const got = text === '' ? 'nothing' : `"${printable(text)}"`;
  if (text.length < 1 || text.length > charsMax || !isPrintable(text))
    return bad(`${what}: expected 1 to ${charsMax.toString()} printable characters, got ${got}`);
  if (text.trim() === text) return undefined;
  return bad(`${what}: expected no blanks at its ends, got ${got}`);
}

function bad(message: string): Failure {
  return { code: 'BAD_PARAMETER', message };
}
