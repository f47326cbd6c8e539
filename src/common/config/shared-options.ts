// The options that every node has, described once.
import { LOG_LEVELS } from '../log.ts';
import { anyText, fixedPort, name, oneOf } from './values.ts';

export const SHARED_OPTIONS = {
  cluster: {
    flag: '--cluster',
    value: '<name>',
    help: 'name of the cluster; nodes of other names do not see each other',
    read: name,
    default: 'lanyard',
  },
  discoveryPort: {
    flag: '--discovery-port',
    value: '<port>',
    help: 'UDP port on which the master listens for nodes',
    read: fixedPort,
    default: '3000',
  },
  interfaces: {
    flag: '--interface',
    value: '<name|ip>',
    help: 'IPv4 interface to use, by name or address; repeatable; all that are up when not given',
    read: anyText,
    repeatable: true,
  },
  logLevel: {
    flag: '--log-level',
    value: '<level>',
    help: `how much to log: ${LOG_LEVELS.join(', ')}`,
    read: oneOf(LOG_LEVELS),
    default: 'info',
  },
} as const;
