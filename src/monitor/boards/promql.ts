// Every PromQL of the boards, in one place. A query takes the matchers of what it is about (inside the braces) and says in its
// comment what its series are. Rates are over `$__rate_interval`, which Grafana makes from the data source's scrape interval.

const RATE = '$__rate_interval';

/** A text inside double quotes of PromQL: backslash, quote and newline escaped. */
export function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `"${escaped}"`;
}

/** Matchers for all series of a cluster. */
export function ofCluster(cluster: string): string {
  return `cluster=${quoted(cluster)}`;
}

/** Matchers for the series of one slave. */
export function ofSlave(cluster: string, slave: string): string {
  return `${ofCluster(cluster)},slave=${quoted(slave)}`;
}

/** As ofCluster, for the board's variable `cluster`. */
export const OF_CLUSTER_VARIABLE = 'cluster="$cluster"';

/** As ofSlave, for the variable `slave`: a regular expression, since Grafana escapes a variable of several values as one. */
export const OF_SLAVE_VARIABLE = `${OF_CLUSTER_VARIABLE},slave=~"$slave"`;

/** Clusters that Prometheus knows: the values of the variable `cluster`. */
export const CLUSTERS = 'label_values(lanyard_members, cluster)';

/** Slaves of the chosen cluster: the values of the variable `slave`. */
export const SLAVES = `label_values(lanyard_current_load{${OF_CLUSTER_VARIABLE}}, slave)`;

// Of the whole cluster: metrics of the master.

/** Members, one series per state. */
export const members = (of: string): string => `sum by (state) (lanyard_members{${of}})`;

/** 1, with the algorithm in use as a label. */
export const algorithm = (of: string): string => `lanyard_algorithm_info{${of}}`;

/** Share of the tasks that ended which were done; nothing while none ends. */
export const doneShare = (of: string): string =>
  `sum(rate(lanyard_tasks_ended_total{${of},state="done"}[${RATE}])) / (sum(rate(lanyard_tasks_ended_total{${of}}[${RATE}])) > 0)`;

/** Share of one core that the master's process uses. Slaves export the same name: the master is told by its build info. */
export const masterCpu = (of: string): string =>
  `rate(process_cpu_seconds_total{${of}}[${RATE}]) and on (job, instance) lanyard_build_info{${of},node="master"}`;

/** Tasks that end per second, one series per last state. */
export const tasksEnded = (of: string): string => `sum by (state) (rate(lanyard_tasks_ended_total{${of}}[${RATE}]))`;

/** Tasks that come in per second. */
export const tasksAdmitted = (of: string): string => `sum(rate(lanyard_tasks_admitted_total{${of}}[${RATE}]))`;

/** Tasks that wait, one series per group. */
export const tasksWaiting = (of: string): string => `sum by (group) (lanyard_queue_length{${of}})`;

/** Attempts that slaves hold, running or about to. */
export const attemptsInFlight = (of: string): string => `sum(lanyard_attempts_in_flight{${of}})`;

/** A quantile, in seconds, of the time from admission to end. */
export const taskTime = (of: string, quantile: number): string => quantileOf('lanyard_task_seconds', of, quantile);

/** A quantile, in seconds, of the time from admission to the first dispatch. */
export const queueWait = (of: string, quantile: number): string =>
  quantileOf('lanyard_queue_wait_seconds', of, quantile);

/** A quantile, in seconds, of what the way to a slave and back adds to the run time there. */
export const dispatchTime = (of: string, quantile: number): string =>
  quantileOf('lanyard_dispatch_seconds', of, quantile);

/** The highest, mean (`avg`) or lowest load of the members. */
export const memberLoad = (of: string, aggregate: 'max' | 'avg' | 'min'): string =>
  `${aggregate}(lanyard_member_load{${of}})`;

/** Share of the picks that each slave gets, one series per slave, together 1; no number while nobody is picked. */
export const pickShare = (of: string): string =>
  `sum by (slave) (rate(lanyard_picks_total{${of}}[${RATE}])) / scalar(sum(rate(lanyard_picks_total{${of}}[${RATE}])))`;

/** Attempts per second that came back without an answer, one series per reason. */
export const attemptsReturned = (of: string): string =>
  `sum by (reason) (rate(lanyard_attempts_returned_total{${of}}[${RATE}]))`;

/** Results per second that nobody waited for any more. */
export const resultsDropped = (of: string): string => `sum(rate(lanyard_results_dropped_total{${of}}[${RATE}]))`;

// Of one slave: its own metrics.

/** Share of the time of all cores of its host in use, 0 to 1. */
export const hostCpu = (of: string): string => `lanyard_host_cpu_ratio{${of}}`;

/** Share of its host's memory in use, 0 to 1. */
export const hostMemory = (of: string): string =>
  `lanyard_host_memory_used_bytes{${of}} / lanyard_host_memory_bytes{${of}}`;

/** Tasks that it accepts per second. */
export const requested = (of: string): string => `rate(lanyard_tasks_requested_total{${of}}[${RATE}])`;

/** Tasks that end there per second, whatever their outcome. */
export const completed = (of: string): string => `sum(rate(lanyard_tasks_completed_total{${of}}[${RATE}]))`;

/** Its load: the weight of what it holds times its CPU load. */
export const load = (of: string): string => `lanyard_current_load{${of}}`;

function quantileOf(histogram: string, of: string, quantile: number): string {
  return `histogram_quantile(${quantile}, sum by (le) (rate(${histogram}_bucket{${of}}[${RATE}])))`;
}
