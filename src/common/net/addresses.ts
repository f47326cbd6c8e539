// Questions about IP addresses in text form.
import { isIP } from 'node:net';

/** An IPv4 or IPv6 address, not a name. */
export function isIpLiteral(text: string): boolean {
  return isIP(text) !== 0;
}

/** 127.0.0.0/8, ::1, and the former as node shows it on a dual-stack socket. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(127\.|::1$|::ffff:127\.)/.test(address);
}
