// What a master and its monitors agree on beside the messages: how often a monitor asks.

/** A monitor that does not ask for this long is taken for gone. */
export const MONITOR_SILENT_MS = 60_000;
/** One that asks more often than this in any second is cut off. */
export const ASKS_PER_SECOND_MAX = 10;
/** The longest and the shortest time between two requests: well inside these limits. */
export const MONITOR_POLL_MS_MAX = MONITOR_SILENT_MS / 2;
export const MONITOR_POLL_MS_MIN = 200;
