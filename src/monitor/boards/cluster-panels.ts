// The panels of the whole cluster, in the order in which they stand: figures on top, then two rows of three.
import {
  BigValueTextMode,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  StackingConfigBuilder,
  StackingMode,
} from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, type Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { colored, draft, figures, lines, override, type PanelDraft } from './panel-drafts.ts';
import * as promql from './promql.ts';

const FIGURE = { h: 4 };
const GRAPH = { w: 8, h: 8 };
const DASHED = { fill: 'dash', dash: [8, 6] };
const NOT_STACKED = { mode: StackingMode.None };

/** `of`: the matchers of the cluster's series; `dataSource`: uid of the Prometheus that scrapes the master. */
export function clusterPanels(of: string, dataSource: string): PanelDraft[] {
  const parts = [members, algorithm, doneShare, masterCpu, throughput, inside, latency, load, share, returned];
  return parts.map((part) => part(of, dataSource));
}

function members(of: string, dataSource: string): PanelDraft {
  const panel = figures({
    title: 'Members',
    description: 'Only ready slaves get work. Suspect ones do not answer: they come back or are gone within seconds.',
    unit: 'short',
    dataSource,
    queries: [[promql.members(of), '{{state}}']],
    history: true,
  })
    .textMode(BigValueTextMode.ValueAndName)
    .noValue('no master is scraped')
    .overrides([colored('ready', 'green'), colored('suspect', 'orange'), colored('draining', 'blue')]);
  return draft(panel, { w: 9, ...FIGURE });
}

function algorithm(of: string, dataSource: string): PanelDraft {
  const panel = figures({
    title: 'Algorithm',
    description: 'How the master chooses a slave; PUT /algorithm changes it.',
    unit: 'short',
    dataSource,
    queries: [[promql.algorithm(of), '{{algorithm}}']],
  }).textMode(BigValueTextMode.Name);
  return draft(panel, { w: 5, ...FIGURE });
}

function doneShare(of: string, dataSource: string): PanelDraft {
  const panel = figures({
    title: 'Tasks that end well',
    description: 'Share of the tasks that ended which were done, rather than failed, cancelled or expired.',
    unit: 'percentunit',
    dataSource,
    queries: [[promql.doneShare(of), 'done']],
  })
    .noValue('no tasks')
    .thresholds(
      thresholds({ value: null, color: 'red' }, { value: 0.95, color: 'orange' }, { value: 0.99, color: 'green' }),
    );
  return draft(panel, { w: 5, ...FIGURE });
}

function masterCpu(of: string, dataSource: string): PanelDraft {
  const panel = figures({
    title: 'CPU of the master',
    description: 'One thread carries every task: near 100 % the master, not the slaves, is what limits the cluster.',
    unit: 'percentunit',
    dataSource,
    queries: [[promql.masterCpu(of), 'of one core']],
  }).thresholds(
    thresholds({ value: null, color: 'green' }, { value: 0.7, color: 'orange' }, { value: 0.9, color: 'red' }),
  );
  return draft(panel, { w: 5, ...FIGURE });
}

function throughput(of: string, dataSource: string): PanelDraft {
  const panel = lines({
    title: 'Tasks per second',
    description:
      'Tasks that end, by state. While the dashed line is above the stack, tasks come in faster than they end.',
    unit: 'ops',
    dataSource,
    queries: [
      [promql.tasksEnded(of), '{{state}}'],
      [promql.tasksAdmitted(of), 'admitted'],
    ],
  })
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .fillOpacity(30)
    .overrides([
      colored('done', 'green'),
      colored('failed', 'red'),
      colored('cancelled', 'yellow'),
      colored('expired', 'orange'),
      colored('admitted', 'blue', { 'custom.stacking': NOT_STACKED, 'custom.lineStyle': DASHED }),
    ]);
  return draft(panel, GRAPH);
}

function inside(of: string, dataSource: string): PanelDraft {
  const panel = lines({
    title: 'Waiting and in flight',
    description:
      'Tasks that wait at the master, by group, and those that slaves hold. A queue that only grows needs more slaves.',
    unit: 'short',
    dataSource,
    queries: [
      [promql.tasksWaiting(of), 'waiting: {{group}}'],
      [promql.attemptsInFlight(of), 'in flight'],
    ],
  });
  return draft(panel, GRAPH);
}

function latency(of: string, dataSource: string): PanelDraft {
  const panel = lines({
    title: 'Time from admission to answer',
    description:
      'Percentiles; dashed, those of its two parts beside the run itself: waiting at the master, and the way from there to a thread and ' +
      'back, with the wait at the slave of work that was sent ahead.',
    unit: 's',
    dataSource,
    queries: [
      [promql.taskTime(of, 0.5), 'p50'],
      [promql.taskTime(of, 0.9), 'p90'],
      [promql.taskTime(of, 0.99), 'p99'],
      [promql.queueWait(of, 0.99), 'p99 waiting at the master'],
      [promql.dispatchTime(of, 0.99), 'p99 way to a thread'],
    ],
  })
    .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10))
    .overrides([override(['p99 waiting at the master', 'p99 way to a thread'], { 'custom.lineStyle': DASHED })]);
  return draft(panel, GRAPH);
}

function load(of: string, dataSource: string): PanelDraft {
  const panel = lines({
    title: 'Load of the slaves',
    description: 'The highest, mean and lowest load of any member: with least-load the three stay close together.',
    unit: 'short',
    dataSource,
    queries: [
      [promql.memberLoad(of, 'max'), 'highest'],
      [promql.memberLoad(of, 'avg'), 'mean'],
      [promql.memberLoad(of, 'min'), 'lowest'],
    ],
  }).overrides([override(['highest', 'lowest'], { 'custom.lineStyle': DASHED })]);
  return draft(panel, GRAPH);
}

function share(of: string, dataSource: string): PanelDraft {
  const panel = lines({
    title: 'Share of requests',
    description:
      'Share of the picks that each slave gets; all together 100 %. Round-robin gives bands of equal height.',
    unit: 'percentunit',
    dataSource,
    queries: [[promql.pickShare(of), '{{slave}}']],
  })
    .max(1)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .fillOpacity(60)
    .lineWidth(0);
  return draft(panel, GRAPH);
}

function returned(of: string, dataSource: string): PanelDraft {
  const panel = lines({
    title: 'Attempts without an answer',
    description:
      'Attempts per second that end in no answer: lost with their slave, refused, recalled, or thrown and tried again.',
    unit: 'ops',
    dataSource,
    queries: [
      [promql.attemptsReturned(of), '{{reason}}'],
      [promql.resultsDropped(of), 'results dropped'],
    ],
  }).overrides([colored('lost', 'red'), colored('threw', 'orange')]);
  return draft(panel, GRAPH);
}

function thresholds(...steps: Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().steps(steps);
}
