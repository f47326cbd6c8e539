// The plain page at `/` until the dashboard: a form per task type and the slaves, without any script.
import type { Cluster, SlaveView, TaskTypeView } from '../door.ts';
import { describeSchema } from '../../../common/task-types/describe-schema.ts';

const STYLE = [
  ':root{color-scheme:light dark}',
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}',
  'table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884}',
  'td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}',
  'form{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end;margin:.6rem 0;padding:.6rem;border:1px solid #8884;border-radius:.4rem}',
  'label{display:flex;flex-direction:column;font-size:.85rem}form b{min-width:7rem}small{opacity:.7}',
].join('');

export const HOME_PAGE_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export function homePage(cluster: Cluster): string {
  const slaves = cluster.slaves();
  const { name } = cluster.algorithm();
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lanyard</title>',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<style>${STYLE}</style></head><body><h1>Lanyard</h1>`,
    `<p>${slaves.length.toString()} slaves, algorithm <b>${escape(name)}</b>. Reload to refresh.</p>`,
    '<h2>Run a task</h2>',
    ...cluster.taskTypes().map(formOf),
    '<h2>Slaves</h2>',
    slaves.length === 0
      ? '<p>None yet. Start one with <code>./slave</code> on any machine of this network.</p>'
      : tableOf(slaves),
    '<p><small><a href="/slaves">/slaves</a> · <a href="/task-types">/task-types</a> · <a href="/openapi.json">/openapi.json</a></small></p>',
    '</body></html>',
  ].join('\n');
}

function formOf({ name, description, schema }: TaskTypeView): string {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Record<string, unknown>>);
  const required = new Set((schema['required'] ?? []) as string[]);
  const fields = properties.map(([parameter, property]) => {
    const hint = `${describeSchema(property)}${required.has(parameter) ? '' : ', optional'}`;
    const must = required.has(parameter) ? ' required' : '';
    return `<label>${escape(parameter)} <input name="${escape(parameter)}" placeholder="${escape(hint)}" title="${escape(hint)}"${must}></label>`;
  });
  return [
    `<form action="/task" method="get"><b>${escape(name)}</b><input type="hidden" name="type" value="${escape(name)}">`,
    ...fields,
    `<button>Run</button><small>${escape(description)}</small></form>`,
  ].join('');
}

function tableOf(slaves: readonly SlaveView[]): string {
  const rows = slaves.map(({ name, address, state, load, cpu, leases, slots, running }) => {
    const numbers = [load, cpu, leases, slots, running].map((n) => `<td class="n">${escape(shown(n))}</td>`);
    return `<tr><td>${escape(name)}</td><td>${escape(address)}</td><td>${escape(state)}</td>${numbers.join('')}</tr>`;
  });
  const heads = ['load', 'CPU load', 'leases', 'slots', 'running'].map((head) => `<th class="n">${head}</th>`);
  return `<table><tr><th>name</th><th>address</th><th>state</th>${heads.join('')}</tr>${rows.join('\n')}</table>`;
}

function shown(value: number): string {
  return Number.isInteger(value) ? value.toString() : value.toPrecision(3);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0).toString()};`);
}
