// What is wrong with a dashboard by Grafana's own JSON schemas: of dashboards, of time-series panels and of Prometheus queries.
import { Ajv, type ValidateFunction } from 'ajv';
import { referenceJson } from './reference.ts';

type Json = Readonly<Record<string, unknown>>;

type Judge = (dashboard: Json) => string[];
let shared: Judge | undefined;

/** Lists violations as sentences; none for a board that Grafana can show. */
export function violationsOf(dashboard: Json): string[] {
  shared ??= boardJudge();
  return shared(dashboard);
}

function boardJudge(): Judge {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const isDashboard = ajv.compile(referenceJson('dashboard.jsonschema.json'));
  const isQuery = ajv.compile(referenceJson('prometheus.jsonschema.json'));
  ajv.addSchema(referenceJson('timeseries.jsonschema.json'), 'timeseries');
  const isOptions = ajv.compile({ $ref: 'timeseries#/definitions/Options' });
  const isCustom = ajv.compile({ $ref: 'timeseries#/definitions/GraphFieldConfig' });
  const faults = (what: string, judge: ValidateFunction, value: unknown): string[] =>
    judge(value) ? [] : (judge.errors ?? []).map((e) => `${what}${e.instancePath} ${e.message ?? ''}`);
  const ofPanel = (panel: Json): string[] => {
    const title = `panel ${String(panel['title'])}: `;
    const nested = (panel['panels'] as Json[] | undefined) ?? [];
    const targets = (panel['targets'] as Json[] | undefined) ?? [];
    const defaults = (panel['fieldConfig'] as { defaults?: Json } | undefined)?.defaults;
    return [
      ...nested.flatMap(ofPanel),
      ...targets.flatMap((target) => faults(`${title}target`, isQuery, target)),
      ...(panel['type'] === 'timeseries' ? faults(`${title}options`, isOptions, panel['options']) : []),
      ...(panel['type'] === 'timeseries' ? faults(`${title}custom`, isCustom, defaults?.['custom'] ?? {}) : []),
    ];
  };
  return (dashboard) => {
    const panels = (dashboard['panels'] as Json[] | undefined) ?? [];
    const ids = [...panels, ...panels.flatMap((panel) => (panel['panels'] as Json[] | undefined) ?? [])].map(
      (p) => p['id'],
    );
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `two panels have the id ${String(id)}`);
    return [...faults('board', isDashboard, dashboard), ...panels.flatMap(ofPanel), ...twice];
  };
}
