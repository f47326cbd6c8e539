// One number out of a page for Prometheus: which samples count, and which pages are not to be trusted.
import { expect } from 'chai';
import fc from 'fast-check';
import { LOAD_MAX, parseSelector, readMetric } from '../../../../src/common/services/metric-text.ts';

const PAGE = `# HELP sessions Sessions that are open.
# TYPE sessions gauge
sessions{kind="guest",room="1"} 3
sessions{kind="member",room="1"} 4.5 1395066363000
sessions{room="2",kind="guest",} 10
sessions_total 99
other{said="sessions 7 } \\"x\\", \\\\ \\n"} 1e2
  indented 5
idle 0
`;

function read(selector: string, page = PAGE): number | string {
  const reading = readMetric(page, parseSelector(selector)!);
  return reading.ok ? reading.value : reading.problem;
}

describe('a metric on a page', () => {
  it('is the sum of all its samples', () => {
    expect(read('sessions')).to.equal(17.5);
    expect(read('sessions_total')).to.equal(99);
    expect(read('idle')).to.equal(0);
  });

  it('is the sum of those that have the labels, in any order, also beside others', () => {
    expect(read('sessions{kind="guest"}')).to.equal(13);
    expect(read('sessions{room="1", kind="member"}')).to.equal(4.5);
    expect(read('sessions{}')).to.equal(17.5);
    expect(read('other{said="sessions 7 } \\"x\\", \\\\ \\n"}')).to.equal(100);
  });

  it('stands in a page with other line ends, without one at its end, and with exemplars', () => {
    expect(read('a', 'a 1\r\na{b="c"} 2\r\n')).to.equal(3);
    expect(read('a', 'a 1\na 2')).to.equal(3);
    expect(read('a_bucket', 'a_bucket{le="1"} 17 # {trace="x"} 0.67\n# EOF')).to.equal(17);
  });

  it('is missing when there is no sample of it', () => {
    for (const selector of ['session', 'sessions{kind="staff"}', 'absent', 'indented'])
      expect(read(selector), selector).to.match(/^the page has no metric /);
    expect(read('a', '')).to.equal('the page has no metric a');
    expect(read('a', '<html>a nice page</html>')).to.equal('the page has no metric a');
    expect(read('a', '# a 7')).to.equal('the page has no metric a');
  });

  for (const value of ['NaN', '-1', '+Inf', '-Inf', 'Infinity', '1e16', '1e999', '0x10', '1_000', 'seven', '""'])
    it(`is wrong as ${value}, also beside a good sample, and is not when labels leave that out`, () => {
      const page = `a{b="x"} 1\na{b="y"} ${value}\n`;
      expect(read('a', page)).to.equal(`a is ${value}, expected a number from 0 to 1000000000000000`);
      expect(read('a{b="x"}', page)).to.equal(1);
    });

  it('is wrong where its line cannot be read', () => {
    for (const line of ['a', 'a ', 'a{b="x" 1', 'a{b=x} 1', 'a{"b"} 1', 'a{b="x"}1', 'a{b="x"', 'a{,} 1'])
      expect(read('a', `a 1\n${line}\n`), line).to.equal('a line of a cannot be read');
  });

  it('does not grow beyond the greatest load when many samples are added up', () => {
    expect(read('a', `a ${LOAD_MAX}\na ${LOAD_MAX}\n`)).to.equal(LOAD_MAX);
  });

  it('is selected by a name and labels as Prometheus writes them, and nothing else', () => {
    expect(parseSelector('a:b_1{c="d",e="f"}')).to.deep.equal({ name: 'a:b_1', labels: { c: 'd', e: 'f' } });
    for (const text of ['', '1a', 'a-b', 'a b', 'a{', 'a{b}', 'a{b="c"} 1', 'a{b=~"c"}', '{b="c"}', 'a{b="c"}{d="e"}'])
      expect(parseSelector(text), text).to.equal(undefined);
    expect(read('a{__proto__="x"}', 'a 1\n')).to.equal('the page has no metric a with these labels');
  });

  it('is read from any text without throwing, as a load or as a problem', () => {
    const anyPage = fc.array(fc.oneof(fc.string(), fc.constantFrom('a{', '"', '\\', '}', ' 1\n', 'b="', ',')));
    fc.assert(
      fc.property(anyPage, (parts) => {
        const value = read('a', `a${parts.join('')}`);
        expect(typeof value === 'string' || (value >= 0 && value <= LOAD_MAX)).to.equal(true);
      }),
    );
  });

  it('takes no longer on a page made to be slow', () => {
    const slow = [`a{${'b="\\\\'.repeat(50_000)}`, `a{${' '.repeat(300_000)}`, `a${' '.repeat(300_000)}#`];
    const beginMs = performance.now();
    for (const line of slow) read('a', line);
    expect(performance.now() - beginMs).to.be.below(2000);
  });
});
