// What the doctor concludes when more than one master, or one by more than one way, answers.
import type { AnswerFact } from '../../../../src/lab/doctor/facts.ts';
import { ACK, healthyFacts, VISIT } from '../../../support/doctor-facts.ts';
import { itKnows } from '../../../support/doctor-verdicts.ts';

const byAddress = { ...ACK, by: 'address', interface: '--master', at: '0.0.0.0' } as const;
const IN_ATTIC = { masterId: 'm2', master: 'attic', from: { address: '10.77.0.9', port: 3000 } } as const;
const ATTIC: AnswerFact = { ...ACK, ...IN_ATTIC };
const DEN: AnswerFact = { ...ACK, masterId: 'm3', master: 'den', from: { address: '10.77.0.10', port: 3000 } };
const SILENT_VISIT = { ...VISIT, greeted: [], connected: [] };
const MASTER = { asked: 'hall', port: 3000, address: '10.77.0.1' } as const;

describe('the verdict of the doctor on several masters', () => {
  itKnows([
    [
      'one master on two networks',
      healthyFacts({
        answers: [ACK, { ...ACK, interface: 'eth1', at: '10.78.0.2', from: { address: '10.78.0.1', port: 3000 } }],
      }),
      'healthy',
      /could join/,
    ],
    [
      'two masters',
      healthyFacts({
        answers: [ACK, ATTIC],
        visits: [VISIT, { ...VISIT, ...IN_ATTIC }],
      }),
      'two-masters',
      /could join from here, but 2 masters of cluster lanyard answer \(hall at 10\.77\.0\.1, attic at 10\.77\.0\.9\)/,
      /--cluster name of its own/,
    ],
    [
      'two masters of which one cannot connect, whichever was quicker',
      healthyFacts({ answers: [ACK, ATTIC], visits: [{ ...VISIT, ...IN_ATTIC, greeted: [], connected: [] }, VISIT] }),
      'two-masters',
      /^A slave could join from here only if hall at 10\.77\.0\.1 is quicker: 2 masters of cluster lanyard answer, but attic at 10\.77\.0\.9 answers on UDP but does not connect/,
      /^Stop all of them but one(.|\n)+--port-range/,
    ],
    [
      'two masters of which none can connect',
      healthyFacts({
        answers: [ACK, ATTIC],
        visits: [
          { ...VISIT, heard: false },
          { ...VISIT, ...IN_ATTIC, greeted: [], connected: [] },
        ],
      }),
      'tcp-blocked',
      /could not join from here: 2 masters of cluster lanyard answer, but hall at 10\.77\.0\.1 connects, but .+; attic at 10\.77\.0\.9 answers on UDP/,
      /ping -M do -s 1400 10\.77\.0\.1(.|\n)+--port-range/,
    ],
    [
      'masters that were not tried, more than it visits',
      healthyFacts({ answers: [ACK, ATTIC, DEN], visits: [VISIT, { ...VISIT, ...IN_ATTIC }] }),
      'two-masters',
      /3 masters of cluster lanyard answer \(hall at 10\.77\.0\.1, attic at 10\.77\.0\.9; not tried: den at 10\.77\.0\.10\)/,
    ],
    [
      'masters of which those that were tried cannot connect',
      healthyFacts({ answers: [ACK, ATTIC, DEN], visits: [SILENT_VISIT, { ...SILENT_VISIT, ...IN_ATTIC }] }),
      'tcp-blocked',
      /could not join from here: 3 masters .+; not tried: den at 10\.77\.0\.10\.$/,
    ],
    [
      'a second master that is not the one that is asked by address',
      healthyFacts({ master: MASTER, answers: [byAddress, ACK, ATTIC] }),
      'healthy',
      /could join/,
    ],
  ]);
});
