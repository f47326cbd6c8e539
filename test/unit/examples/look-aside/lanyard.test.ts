// What a client of examples/look-aside makes of an error, and of an address.
import { Metadata, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { mayPass, target } from '../../../../examples/look-aside/lanyard.ts';

describe('a client of examples/look-aside', () => {
  it('asks again when a backend is full or gone, but not for a result that is too large', () => {
    const failed = (code: status, reason: string): Error => {
      const metadata = new Metadata();
      metadata.set('lanyard-code', reason);
      return Object.assign(new Error(), { code, metadata });
    };
    expect(mayPass(failed(status.RESOURCE_EXHAUSTED, 'QUEUE_FULL'))).to.equal(true);
    expect(mayPass(failed(status.UNAVAILABLE, 'DRAINING'))).to.equal(true);
    expect(mayPass(failed(status.RESOURCE_EXHAUSTED, 'RESULT_TOO_LARGE'))).to.equal(false);
  });

  it('writes an IPv6 address in brackets', () => {
    expect(target('::1', 50051)).to.equal('[::1]:50051');
    expect(target('192.0.2.7', 50051)).to.equal('192.0.2.7:50051');
    expect(target('host', 0)).to.equal('host:0');
  });
});
