// What the doctor concludes from what it read of the firewall of this machine, when nobody answers.
import { machineOf, silentFacts } from '../../../support/doctor-facts.ts';
import { itKnows } from '../../../support/doctor-verdicts.ts';

const MASTER = { asked: 'hall', port: 3000, address: '10.77.0.1' } as const;

describe('the verdict of the doctor on a firewall', () => {
  itKnows([
    [
      'UDP that a firewall here drops',
      silentFacts({
        machine: machineOf({
          firewall: {
            present: ['ufw (on)'],
            isRead: true,
            drops: [{ what: 'x', protocols: ['udp', 'tcp'], lets: 'answers', isCertain: true }],
          },
        }),
      }),
      'udp-dropped-here',
      /the firewall of this machine drops UDP/,
      /ufw allow proto udp/,
    ],
    [
      'a firewall that drops TCP only',
      silentFacts({
        machine: machineOf({
          firewall: {
            present: [],
            isRead: true,
            drops: [{ what: 'x', protocols: ['tcp'], lets: 'nothing', isCertain: true }],
          },
        }),
      }),
      'no-master',
      /no master/,
    ],
    [
      'a silent --master behind a firewall that lets answers in',
      silentFacts({
        master: { ...MASTER, http: 'silent' },
        machine: machineOf({
          firewall: {
            present: [],
            isRead: true,
            drops: [{ what: 'x', protocols: ['udp'], lets: 'answers', isCertain: true }],
          },
        }),
      }),
      'no-master',
      /asked: --master hall, eth0/,
    ],
    [
      'a firewall that may have a rule for the answers',
      silentFacts({
        machine: machineOf({
          firewall: {
            present: [],
            isRead: true,
            drops: [{ what: 'x may drop', protocols: ['udp'], lets: 'answers', isCertain: false }],
          },
        }),
      }),
      'no-master',
      /no master of cluster lanyard answered on UDP 3000 \(.+\); the firewall of this machine may drop the answers \(x may drop\)\.$/,
      /does it run(.|\n)+"udp sport 3000" in the input chain/,
    ],
  ]);
});
