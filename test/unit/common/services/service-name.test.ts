// One rule for the name of a service, wherever it comes from.
import { expect } from 'chai';
import { integerFrom } from '../../../../src/common/config/values.ts';
import { forService, namedServers, namedService } from '../../../../src/common/services/service-address.ts';
import { serviceNameProblem } from '../../../../src/common/services/service-name.ts';
import { AUTOSCALE_OPTIONS } from '../../../../src/master/autoscale-options.ts';
import { readTarget } from '../../../../src/master/doors/forward/target.ts';
import { servicesProblem } from '../../../../src/master/forwarding/slave-services.ts';
import { unknownService } from '../../../../src/master/forwarding/why-no-route.ts';
import { capabilitiesOf } from '../../../support/fake-link.ts';

const GOOD = ['web', 'my.web', '1', 'A_b-c.d', 'a'.repeat(64)];
const BAD = ['', '.', '..', '.web', '-web', '_web', 'a b', 'a=b', 'ä', 'a'.repeat(65)];

/** Every place that a name passes. */
const TAKES: Readonly<Record<string, (name: string) => boolean>> = {
  'an option of a slave': (name) => isRead(() => namedService(`${name}=http://h:1`)),
  'an option of the master': (name) => isRead(() => namedServers(`${name}=http://h:1`)),
  'a setting of one service': (name) => isRead(() => forService(integerFrom(1, 9))(`${name}=5`)),
  'a group of replicas': (name) => isRead(() => AUTOSCALE_OPTIONS.autoscale.read(`${name}=1:2`)),
  'the path of a request': (name) => readTarget(`/services/${name}/`).kind === 'forward',
  'what a slave says': (name) => {
    const service = { name, slots: 1, host: 'h', basePath: '', reportsLoad: false };
    return servicesProblem(capabilitiesOf('a', { forwardPort: 1, services: [service] })) === undefined;
  },
  'an example in an error': (name) => unknownService(name).message.includes(`--serve ${name}=`),
};

function isRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

describe('the name of a service', () => {
  for (const [where, takes] of Object.entries(TAKES)) {
    it(`is the same in ${where}`, () => {
      for (const name of GOOD) expect(takes(name), name).to.equal(true);
      for (const name of BAD) expect(takes(name), name).to.equal(false);
    });
  }

  it("does not stand for the slaves' tasks", () => {
    for (const name of ['compute', 'compute-calls'])
      expect(serviceNameProblem(name)).to.contain("stands for the slaves' tasks");
  });
});
