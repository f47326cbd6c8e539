// How many requests a service takes at once at one member (`--max-connections`), whoever says it: a slave, a master, a template.

/** Without a word about it. */
export const CONNECTIONS_DEFAULT = 100;
/** Nobody may say more. */
export const CONNECTIONS_MAX = 10_000;
