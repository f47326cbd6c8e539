// The page at `/`: whatever a slave or a task type is called, it stays text.
import { expect } from 'chai';
import type { Cluster, SlaveView, TaskTypeView } from '../../../../../src/master/doors/door.ts';
import { homePage, HOME_PAGE_CSP } from '../../../../../src/master/doors/http/home-page.ts';

const EVIL = `<script>alert("1")</script>'&`;
const SLAVE: SlaveView = {
  id: 'a',
  name: 's1',
  address: '10.0.0.1:5000',
  state: 'ready',
  load: 12.3456,
  cpu: 0.5,
  memory: 0.25,
  weight: 80,
  maxLoad: 1e11,
  slots: 4,
  leases: 3,
  running: 2,
  groups: ['compute'],
  labels: {},
  joinedAt: '2026-01-01T00:00:00.000Z',
};
const TYPE: TaskTypeView = {
  name: 'fib',
  description: 'A number.',
  group: 'compute',
  schema: { properties: { n: { type: 'integer', minimum: 0 }, m: { type: 'string' } }, required: ['n'] },
  result: 'integer',
  weight: { constant: 1 },
};

function page({
  slaves = [],
  types = [],
  algorithm = 'round-robin',
}: {
  slaves?: SlaveView[];
  types?: TaskTypeView[];
  algorithm?: string;
}): string {
  const cluster: Partial<Cluster> = {
    slaves: () => slaves,
    taskTypes: () => types,
    algorithm: () => ({ name: algorithm, available: [] }),
  };
  return homePage(cluster as Cluster);
}

describe('the home page', () => {
  it('escapes markup, wherever it comes from', () => {
    const slave = { ...SLAVE, name: EVIL, address: EVIL, state: EVIL };
    const schema = { properties: { [EVIL]: { enum: [EVIL] } }, required: [] };
    const html = page({
      slaves: [slave],
      types: [{ ...TYPE, name: EVIL, description: EVIL, schema }],
      algorithm: EVIL,
    });
    expect(html)
      .not.to.match(/<script/i)
      .and.not.to.contain('alert("1")');
    expect(html).to.contain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;');
    expect(html, 'no quote closes an attribute').not.to.match(/="[^"]*<script/i);
  });

  it('shows every slave with its numbers', () => {
    const html = page({ slaves: [SLAVE, { ...SLAVE, name: 's2', state: 'draining' }] });
    expect(html).to.contain('2 slaves, algorithm <b>round-robin</b>');
    expect(html).to.contain('<td>s1</td><td>10.0.0.1:5000</td><td>ready</td><td class="n">12.3</td>');
    expect(html).to.contain('<td>s2</td>').and.to.contain('<td>draining</td>');
  });

  it('says how to start a slave when there is none', () => {
    expect(page({})).to.contain('./slave').and.not.to.contain('<table>');
  });

  it('has a form for every task type, with what each parameter must be', () => {
    const html = page({ types: [TYPE] });
    expect(html).to.contain('<form action="/task" method="get">').and.to.contain('name="type" value="fib"');
    expect(html).to.contain(
      '<input name="n" placeholder="an integer of at least 0" title="an integer of at least 0" required>',
    );
    expect(html).to.contain('<input name="m" placeholder="a text, optional"');
  });

  it('allows no script', () => {
    expect(HOME_PAGE_CSP).to.contain("default-src 'none'").and.not.to.contain('script-src');
  });
});
