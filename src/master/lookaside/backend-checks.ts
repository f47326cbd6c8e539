// What a backend may say of itself. Everything comes from strangers: what is wrong is named, with what is allowed.
import { isIP } from 'node:net';
import type { Failure } from '../../common/errors.ts';
import { shortened } from '../../common/text/shortened.ts';
import type { Backend } from '../doors/door.ts';
import { COMPUTE_CALLS, isCompute } from './groups.ts';

const ID_CHARS_MAX = 200;
const SERVICE_CHARS_MAX = 100;
const ADDRESS_CHARS_MAX = 255;
/** Beyond it the weight of a lease would be lost in rounding. */
const LOAD_MAX = 1e15;

/** Control characters, invisible ones, those that turn the direction of text, and unassigned ones. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;
const HOST_NAME = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;
/** Where a server listens, not where it is reached. */
const ALL_ADDRESSES = new Set(['0.0.0.0', '::', '::0', '0:0:0:0:0:0:0:0']);

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
  if (isCompute(service) || service === COMPUTE_CALLS || isTaskGroup(service)) {
    const what = service === '' ? 'an empty service means compute, and that' : `"${shortened(service, 60)}"`;
    return bad(`service: ${what} stands for the slaves, which need not register; choose another name`);
  }
  return textProblem('service', service, SERVICE_CHARS_MAX);
}

function addressProblem(address: string): Failure | undefined {
  if (ALL_ADDRESSES.has(address)) {
    return bad(`address: ${address} is no address that clients can call; leave it empty for the one you call from`);
  }
  if (isIP(address) !== 0) return undefined;
  if (address.length <= ADDRESS_CHARS_MAX && HOST_NAME.test(address)) return undefined;
  const got = `"${printable(shortened(address, 60))}"`;
  return bad(`address: expected a host name or an IP address without a port, or nothing, got ${got}`);
}

function portProblem(port: number): Failure | undefined {
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return undefined;
  return bad(`port: expected a port from 1 to 65535, got ${port.toString()}`);
}

function textProblem(what: string, text: string, charsMax: number): Failure | undefined {
  if (text.length >= 1 && text.length <= charsMax && !UNPRINTABLE.test(text)) return undefined;
  const got = text === '' ? 'nothing' : `"${printable(shortened(text, 60))}"`;
  return bad(`${what}: expected 1 to ${charsMax.toString()} printable characters, got ${got}`);
}

/** As it may stand in messages and logs. */
export function printable(text: string): string {
  return text.replaceAll(new RegExp(UNPRINTABLE, 'gu'), '?');
}

function bad(message: string): Failure {
  return { code: 'BAD_PARAMETER', message };
}
