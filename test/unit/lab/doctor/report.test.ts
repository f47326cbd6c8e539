// How the doctor's report looks.
import { expect } from 'chai';
import { sectionsOf } from '../../../../src/lab/doctor/findings.ts';
import { reportText } from '../../../../src/lab/doctor/report.ts';
import { verdictOf } from '../../../../src/lab/doctor/verdict.ts';
import { ACK, HERE, healthyFacts, networkOf, silentFacts, VISIT } from '../../../support/doctor-facts.ts';

describe('the report of the doctor', () => {
  const text = (facts = healthyFacts(), isColoured = false): string =>
    reportText(sectionsOf(facts), verdictOf(facts), isColoured);

  it('has words for its marks, and ends with the verdict and what to do', () => {
    const lines = text().trimEnd().split('\n');
    expect(lines).to.include('  ok       eth0 10.77.0.2/24: asked at 10.77.0.255');
    expect(lines).to.include(
      '  ok       eth0 10.77.0.2: master hall at 10.77.0.1:3000 says yes (id m1, polls every 1000 ms)',
    );
    expect(lines.at(-2)).to.match(/^A slave could join from here/);
    expect(lines.at(-1)).to.equal('  - Start one: ./slave');
  });

  it('is coloured only when asked to be', () => {
    expect(text()).not.to.include('\u001b');
    expect(text(healthyFacts(), true)).to.include('\u001b[32mok');
  });

  it('shows no control characters of masters', () => {
    expect(text(healthyFacts({ answers: [{ ...ACK, master: 'ha\u001b[2Jll\n' }] }))).to.include('master ha?[2Jll? at');
  });

  it('tells an answer from elsewhere, another version, and a network of containers that was quicker', () => {
    const docker = networkOf({
      name: 'docker0',
      address: '172.17.0.1',
      broadcast: '172.17.255.255',
      looksLike: 'containers',
    });
    const said = { ...ACK, interface: 'docker0', at: '172.17.0.1', version: '1.0', isFromElsewhere: true };
    const facts = healthyFacts({ interfaces: [docker], answers: [said] });
    const visit = { ...VISIT, interface: 'docker0', at: '172.17.0.1' };
    const shown = text({ ...facts, visits: [visit] });
    expect(shown).to.match(/warning {2}docker0 .+speaks 1\.0/);
    expect(shown).to.contain(`(here ${HERE})); its address is of another network`);
    expect(shown).to.match(
      /warning {2}the cluster would know a slave here by 172\.17\.0\.1 \(docker0\), which looks like containers/,
    );
  });

  it('tells of each address whether anything could be sent', () => {
    const interfaces = [networkOf({}), networkOf({ address: '10.78.0.2', broadcast: '10.78.0.255' })];
    const shown = text(
      silentFacts({ interfaces, notSent: [{ interface: 'eth0', at: '10.78.0.2', why: 'send EPERM' }] }),
    );
    expect(shown)
      .to.match(/ok {7}eth0 10\.77\.0\.2/)
      .and.to.match(/problem {2}eth0 10\.78\.0\.2\/24: nothing can be sent: send EPERM/);
  });

  it('tells why nothing can be sent to --master, and from where it was asked', () => {
    const master = { asked: 'hall', port: 3000, from: '10.78.0.2', http: 'silent' } as const;
    const notSent = [{ interface: '--master', at: '10.78.0.2', why: 'send ENETUNREACH' }];
    expect(text(silentFacts({ master, notSent })))
      .to.match(/problem {2}--master hall:3000: nothing can be sent from 10\.78\.0\.2: send ENETUNREACH/)
      .and.not.to.match(/no answer on UDP/);
    expect(text(silentFacts({ master }))).to.match(/--master hall:3000: no answer on UDP from 10\.78\.0\.2/);
  });

  it('tells of each master whether it connected, and hears this machine', () => {
    const attic = { ...VISIT, master: 'attic', from: { address: '10.77.0.9', port: 3000 }, greeted: [], connected: [] };
    const { heard: _heard, ...silent } = attic;
    expect(text(healthyFacts({ visits: [VISIT, silent] })))
      .to.match(/ok {7}hall hears what this machine sends/)
      .and.to.match(/problem {2}TCP 4300 \(load\): attic at 10\.77\.0\.9 did not connect/);
    expect(text(healthyFacts({ visits: [{ ...VISIT, greeted: ['load', 'results'] }] }))).to.match(
      /problem {2}TCP 4301 \(dispatch\): somebody connected but did not say hello/,
    );
    expect(text(healthyFacts({ visits: [{ ...VISIT, heard: false }] }))).to.match(
      /problem {2}hall connected, but does not hear what this machine sends/,
    );
  });
});
