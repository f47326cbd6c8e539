// How urgent a task is: a queue is served in this order, and in order of arrival within each.

/** The most urgent first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;

export type Priority = (typeof PRIORITIES)[number];

export const DEFAULT_PRIORITY: Priority = 'normal';
