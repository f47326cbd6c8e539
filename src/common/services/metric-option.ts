// Option values that say which metric is a service's load: `http://127.0.0.1:5000/metrics#sessions{kind="open"}`.
import { BadValue, type ReadValue } from '../config/values.ts';
import { parseSelector, type MetricSelector } from './metric-text.ts';
import { healthPath, parseServiceUrl } from './service-address.ts';

/** A metric on a page of the service itself. */
export interface MetricPath {
  readonly path: string;
  readonly selector: MetricSelector;
}

/** A metric on a page anywhere. */
export interface MetricUrl extends MetricPath {
  readonly hostname: string;
  readonly port: number;
}

const METRIC = '#sessions, or #sessions{state="open"} for some of its samples';

function expected(what: string): never {
  throw new BadValue(`Expected ${what}.`);
}

/** `/metrics#name`, on each server of the service. */
export const metricPath: ReadValue<MetricPath> = (text) => {
  const { before, selector } = splitAtMetric(text);
  if (selector === undefined || !before.startsWith('/'))
    return expected(`a path on each server, no URL, and a metric of that page: /metrics${METRIC}`);
  return { path: healthPath(before), selector };
};

/** `http://127.0.0.1:5000/metrics#name` */
export const metricUrl: ReadValue<MetricUrl> = (text) => {
  const { before, selector } = splitAtMetric(text);
  const [, origin = '', path = ''] = /^(http:\/\/[^/?#]+)(\/.*)?$/i.exec(before) ?? [];
  const address = parseServiceUrl(origin);
  if (selector === undefined || address === undefined)
    return expected(`a URL and a metric of that page: http://127.0.0.1:5000/metrics${METRIC}`);
  return { hostname: address.hostname, port: address.port, path: healthPath(path === '' ? '/' : path), selector };
};

function splitAtMetric(text: string): { before: string; selector: MetricSelector | undefined } {
  const at = text.indexOf('#');
  return { before: text.slice(0, at), selector: at < 0 ? undefined : parseSelector(text.slice(at + 1)) };
}
