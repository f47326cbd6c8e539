// How many clients one master bears.
import { count } from '../common/arguments.ts';

const CLIENTS_MAX = 900;

/** How many clients: each has a connection of its own, and the servers need some too. */
export function clientCount(text: string): number {
  return count('clients', text, CLIENTS_MAX, ' (a master takes 1000 connections, those of the servers included)');
}
