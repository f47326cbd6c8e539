// Which group of the pool stands for which forwarded service. The colon keeps it apart from groups of task types and of backends
// that registered.

const FORWARD_PREFIX = 'forward:';

export function groupOfForwarded(service: string): string {
  return FORWARD_PREFIX + service;
}

/** The service behind a group of the pool; undefined for another kind of group. */
export function forwardedService(group: string): string | undefined {
  return group.startsWith(FORWARD_PREFIX) ? group.slice(FORWARD_PREFIX.length) : undefined;
}
