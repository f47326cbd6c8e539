// How the doctor asks: to the end, with a real socket on loopback as the master and a clock that is turned by hand.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { ManualClock } from '../../../../src/common/time/manual-clock.ts';
import { Inquiry, type InquiryOptions } from '../../../../src/lab/doctor/inquiry.ts';
import { eventually } from '../../../support/wait.ts';

describe('an inquiry of the doctor', () => {
  let clock: ManualClock;
  let silent: Socket;
  let heard: number;
  let inquiry: Inquiry | undefined;
  beforeEach(async () => {
    clock = new ManualClock();
    heard = 0;
    silent = createSocket('udp4', () => heard++);
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterEach(() => {
    inquiry?.close();
    silent.close();
  });

  function inquire(master: InquiryOptions['master']): Inquiry {
    inquiry = new Inquiry({
      cluster: 'lanyard',
      discoveryPort: silent.address().port,
      targets: [],
      master,
      masterFrom: '127.0.0.1',
      nonce: 'n1',
      ports: [1, 2, 3],
      clock,
      onPromise: () => false,
    });
    return inquiry;
  }

  it('goes on for as long as nobody says yes, until it is closed', async () => {
    const asking = inquire({ address: '127.0.0.1', port: silent.address().port });
    expect(asking.asksAnybody).to.equal(true);
    await asking.start(() => undefined);
    const hears = (count: number): Promise<unknown> =>
      eventually(`${count.toString()} requests`, () => heard === count);
    clock.advance(0);
    await hears(1);
    clock.advance(300);
    await hears(2);
    for (let second = 1; second <= 10; second++) {
      clock.advance(1000);
      await hears(2 + second);
    }
    asking.close();
    clock.advance(10_000);
    await new Promise(setImmediate);
    expect(heard).to.equal(12);
  });

  it('knows when there is nobody to ask', () => {
    expect(inquire(undefined).asksAnybody).to.equal(false);
  });
});
