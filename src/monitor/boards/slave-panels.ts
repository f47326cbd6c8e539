// The two panels of one slave, side by side: how busy its host is, and what it does for the cluster.
import { ScaleDistribution } from '@grafana/grafana-foundation-sdk/common';
import { draft, lines, override, type PanelDraft } from './panel-drafts.ts';
import * as promql from './promql.ts';

const SIZE = { w: 12, h: 7 };

/**
 * A scale of another kind gets an axis of its own, on the right. It is logarithmic (and has a zero) because weights are: fib(80)
 * weighs 80, countprimes(100000) 10¹⁰.
 */
const OWN_AXIS = { 'custom.scaleDistribution': { type: ScaleDistribution.Symlog, log: 10, linearThreshold: 1 } };

/** `name` as in titles; `of`: the matchers of its series; `dataSource`: uid of the Prometheus that scrapes it. */
export function slavePanels(name: string, of: string, dataSource: string): PanelDraft[] {
  return [cpu(name, of, dataSource), tasksAndLoad(name, of, dataSource)];
}

function cpu(name: string, of: string, dataSource: string): PanelDraft {
  const panel = lines({
    title: `${name}: CPU`,
    description: 'Share of the time of all cores, and of the memory, that its host uses, by whatever program.',
    unit: 'percentunit',
    dataSource,
    queries: [
      [promql.hostCpu(of), 'CPU'],
      [promql.hostMemory(of), 'memory'],
    ],
  }).max(1);
  return draft(panel, SIZE);
}

function tasksAndLoad(name: string, of: string, dataSource: string): PanelDraft {
  const panel = lines({
    title: `${name}: tasks and load`,
    description:
      'Tasks accepted and ended per second, which should agree, and the load (right axis) by which it is chosen.',
    unit: 'short',
    dataSource,
    queries: [
      [promql.requested(of), 'requested per second'],
      [promql.completed(of), 'completed per second'],
      [promql.load(of), 'load'],
    ],
  }).overrides([override(['load'], OWN_AXIS)]);
  return draft(panel, SIZE);
}
