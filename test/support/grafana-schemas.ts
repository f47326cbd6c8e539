// Grafana's own description of dashboards, panels and queries (JSON schemas in ../shared/reference), as questions to ask of a
// board. The files are not part of the project: tests that need them skip without.
import { Ajv, type ValidateFunction } from 'ajv';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './node-process.ts';

const FOLDER = path.join(ROOT, '../shared/reference/grafana');

/** False when ../shared is absent. */
export const hasGrafanaSchemas = existsSync(path.join(FOLDER, 'dashboard.jsonschema.json'));

/** What is wrong with a value, as sentences with paths; empty when nothing is. */
export type Judge = (value: unknown) => string[];

export interface GrafanaSchemas {
  /** A whole dashboard, down to field settings; options and targets of panels are open there. */
  readonly dashboard: Judge;
  /** `options` of a panel of type timeseries. */
  readonly timeseriesOptions: Judge;
  /** `fieldConfig.defaults.custom` of a panel of type timeseries. */
  readonly timeseriesField: Judge;
  /** One of `targets` of a panel on Prometheus. */
  readonly prometheusTarget: Judge;
}

export function grafanaSchemas(): GrafanaSchemas {
  const ajv = new Ajv({ allErrors: true, strict: false });
  for (const name of ['dashboard', 'timeseries', 'prometheus']) {
    ajv.addSchema(JSON.parse(readFileSync(path.join(FOLDER, `${name}.jsonschema.json`), 'utf8')) as object, name);
  }
  return {
    dashboard: judge(ajv, 'dashboard'),
    timeseriesOptions: judge(ajv, 'timeseries#/definitions/Options'),
    timeseriesField: judge(ajv, 'timeseries#/definitions/FieldConfig'),
    prometheusTarget: judge(ajv, 'prometheus'),
  };
}

function judge(ajv: Ajv, $ref: string): Judge {
  const validate: ValidateFunction = ajv.compile({ $ref });
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  };
}
