// What cannot be read in one way only is refused, and no service sees a byte of it. The checklist: the test ids (SMUG-…, COMP-…) are
// those of Http11Probe (https://mda2av.github.io/Http11Probe), each with the RFC that it rests on; "HAProxy" are its
// reg-tests/http-messaging (h1_request_target_validation, http_transfer_encoding, h1_host_normalization, truncated).
import { expect } from 'chai';
import {
  closeForwardDoors,
  openForwardDoor,
  RawClient,
  Recorder,
  type OpenForwardDoor,
} from '../../../../support/forward-door.ts';
import { eventually } from '../../../../support/wait.ts';

const LINE = 'POST /services/web/ HTTP/1.1\r\n';
const HOST = 'Host: 127.0.0.1\r\n';
const SMUGGLED = 'GET /services/web/smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

/** Lengths and encodings: RFC 9112 sections 6.1, 6.3, 7.1 and 11.2. */
const FRAMING: readonly (readonly [string, string])[] = [
  [
    'both lengths, CL.TE (RFC 9112 6.1; SMUG-CLTE-PIPELINE)',
    `${LINE}${HOST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG`,
  ],
  [
    'both lengths, TE.CL (SMUG-TECL-PIPELINE)',
    `${LINE}${HOST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${SMUGGLED}\r\n0\r\n\r\n`,
  ],
  [
    'two lengths that differ (RFC 9112 6.3; SMUG-DUPLICATE-CL)',
    `${LINE}${HOST}Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello`,
  ],
  ['two lengths that are the same', `${LINE}${HOST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`],
  ['a list of lengths (SMUG-CL-COMMA-DIFFERENT)', `${LINE}${HOST}Content-Length: 5, 6\r\n\r\nhello`],
  ['a list of equal lengths (SMUG-CL-COMMA-SAME)', `${LINE}${HOST}Content-Length: 5, 5\r\n\r\nhello`],
  ['a negative length (SMUG-CL-NEGATIVE)', `${LINE}${HOST}Content-Length: -5\r\n\r\nhello`],
  ['a length with a plus (SMUG-CL-LEADING-PLUS)', `${LINE}${HOST}Content-Length: +5\r\n\r\nhello`],
  ['a hexadecimal length (SMUG-CL-HEX-PREFIX)', `${LINE}${HOST}Content-Length: 0x5\r\n\r\nhello`],
  ['a length with a space inside (SMUG-CL-INTERNAL-SPACE)', `${LINE}${HOST}Content-Length: 1 0\r\n\r\nhello`],
  ['a length of 2^64', `${LINE}${HOST}Content-Length: 18446744073709551616\r\n\r\nhello`],
  ['an empty length', `${LINE}${HOST}Content-Length:\r\n\r\nhello`],
  ['xchunked (SMUG-TE-XCHUNKED)', `${LINE}${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  [
    'chunked, identity (SMUG-TE-NOT-FINAL-CHUNKED)',
    `${LINE}${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  ],
  ['identity (SMUG-TE-IDENTITY)', `${LINE}${HOST}Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello`],
  ['gzip, chunked (HAProxy http_transfer_encoding)', `${LINE}${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  [
    'chunked, chunked (HAProxy http_transfer_encoding)',
    `${LINE}${HOST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'two encodings on two lines (SMUG-TE-DUPLICATE-HEADERS)',
    `${LINE}${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  ],
  ['chunked in quotes', `${LINE}${HOST}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`],
  ['chunked with a parameter', `${LINE}${HOST}Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n`],
  ['chunked after a vertical tab', `${LINE}${HOST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
  ['an empty encoding', `${LINE}${HOST}Transfer-Encoding:\r\n\r\n0\r\n\r\n`],
  [
    'chunks in HTTP/1.0 (RFC 9112 6.1; SMUG-TE-HTTP10)',
    `POST /services/web/ HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
];

/** Header lines: RFC 9112 sections 2.2, 5.1 and 5.2. */
const HEADERS: readonly (readonly [string, string])[] = [
  [
    'a space before the colon (RFC 9112 5.1; SMUG-HEADER-SPACE-BEFORE-COLON)',
    `${LINE}${HOST}Content-Length : 5\r\n\r\nhello`,
  ],
  ['a tab before the colon', `${LINE}${HOST}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n`],
  ['a header without a colon (COMP-HEADER-NO-COLON)', `${LINE}${HOST}Garbage\r\n\r\n`],
  ['a header without a name', `${LINE}${HOST}: x\r\n\r\n`],
  ['a folded header (RFC 9112 5.2; COMP-OBS-FOLD)', `${LINE}${HOST}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
  ['a folded encoding', `${LINE}${HOST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
  ['a space before the first header (RFC 9112 2.2)', `${LINE} ${HOST}Content-Length: 0\r\n\r\n`],
  ['a bare carriage return in a value (RFC 9112 2.2)', `${LINE}${HOST}X: a\rTransfer-Encoding: chunked\r\n\r\n`],
  ['a NUL in a value (RFC 9110 5.5)', `${LINE}${HOST}X: a\0b\r\n\r\n`],
  ['a control character in a name', `${LINE}${HOST}X\x01: a\r\n\r\n`],
  [
    'bare line feeds (SMUG-BARE-LF)',
    `POST /services/web/ HTTP/1.1\nHost: 127.0.0.1\nTransfer-Encoding: chunked\n\n0\n\n`,
  ],
  ['a bare line feed after a header', `${LINE}${HOST}X: a\nContent-Length: 5\r\n\r\nhello`],
  ['two Hosts (RFC 9112 3.2; COMP-DUPLICATE-HOST)', `${LINE}${HOST}Host: 127.0.0.1:1\r\nContent-Length: 0\r\n\r\n`],
];

/** Whom it is for, and who asks. What follows such a request can be told from it, and may be answered. */
const HOSTS: readonly (readonly [string, string])[] = [
  ['no Host (RFC 9112 3.2)', `${LINE}Content-Length: 0\r\n\r\n`],
  ['another Host', `${LINE}Host: evil.example\r\nContent-Length: 0\r\n\r\n`],
  ['a Host that is a list', `${LINE}Host: 127.0.0.1, evil.example\r\nContent-Length: 0\r\n\r\n`],
  ['another Origin', `${LINE}${HOST}Origin: http://evil.example\r\nContent-Length: 0\r\n\r\n`],
];

/** Request lines and targets: RFC 9112 section 3. */
const TARGETS: readonly (readonly [string, string])[] = [
  ['..', '/services/web/../tasks'],
  ['.', '/services/web/./a'],
  ['.. at the end', '/services/web/a/..'],
  ['%2e%2e', '/services/web/%2e%2e/tasks'],
  ['.%2E', '/services/web/a/.%2E/b'],
  ['..%2f', '/services/web/..%2ftasks'],
  ['%2f..', '/services/web/a%2F..%2fb'],
  ['..;', '/services/web/..;x=1/tasks'],
  ['a backslash', '/services/web/..\\tasks'],
  ['an encoded backslash', '/services/web/a%5cb'],
  ['an encoded NUL', '/services/web/a%00b'],
  ['an encoded line feed', '/services/web/a%0D%0AX:%20b'],
  ['a fragment (HAProxy h1_authority_fragment_char)', '/services/web/a#b'],
  ['no name of a service', '/services//x'],
  ['.. for a name', '/services/../web/x'],
  ['an encoded name', '/services/w%65b/x'],
  ['another authority (RFC 9112 3.2.2)', 'http://evil.example/services/web/'],
  ['another port', 'http://127.0.0.1:1/services/web/'],
  ['user information (RFC 9110 4.2.4)', 'http://a@127.0.0.1/services/web/'],
];

describe('the forward door lets nothing through that is', () => {
  let door: OpenForwardDoor;
  let service: Recorder;
  before(async () => {
    door = await openForwardDoor();
    service = await Recorder.open();
    door.forwarding.add('alpha', service.port);
  });
  after(closeForwardDoors);

  /** Sends it with a request behind it, waits for the end of the connection, and tells what the client got. */
  async function refused(bytes: string): Promise<string> {
    service.text = '';
    const client = await RawClient.to(door.port, bytes + SMUGGLED);
    await eventually('an answer or the end', () => client.isClosed || client.text.includes('\r\n\r\n'));
    expect(client.text).to.match(/^(HTTP\/1\.1 (400|403|413) |$)/);
    // Whatever of it might still arrive has by the time another request does.
    const probe = await RawClient.to(door.port, `GET /services/web/probe HTTP/1.1\r\n${HOST}\r\n`);
    await eventually('the probe', () => probe.text.endsWith('ok'));
    const others = service.requests.filter((line) => !line.includes('/probe'));
    probe.socket.destroy();
    client.socket.destroy();
    // A request that can be told from what is refused may be answered; nothing of the refused one may be in it.
    expect(others.filter((line) => line !== 'GET /smuggled HTTP/1.1')).to.deep.equal([]);
    return client.text;
  }

  for (const [what, bytes] of [...FRAMING, ...HEADERS]) {
    it(what, async () => {
      await refused(bytes);
      expect(
        service.requests.some((line) => line.includes('smuggled')),
        'what follows is not read',
      ).to.equal(false);
    });
  }

  for (const [what, bytes] of HOSTS) {
    it(what, async () => {
      expect(await refused(bytes)).to.match(/^HTTP\/1\.1 40[03] /);
    });
  }

  for (const [what, target] of TARGETS) {
    it(`a path with ${what}`, async () => {
      expect(await refused(`GET ${target} HTTP/1.1\r\n${HOST}\r\n`)).to.match(/^HTTP\/1\.1 400 .*urn:lanyard:problem/s);
    });
  }

  for (const [what, body] of [
    ['a body', 'hello'],
    ['chunks', '5\r\nhello\r\n0\r\n\r\n'],
  ] as const) {
    it(`an odd encoding with ${what}, and says so once`, async () => {
      const client = await RawClient.to(door.port, `${LINE}${HOST}Transfer-Encoding: xchunked\r\n\r\n${body}`);
      await eventually('the end', () => client.isClosed);
      expect(client.text.match(/HTTP\/1\.1 400/g)).to.have.lengthOf(1);
    });
  }

  it('CONNECT', async () => {
    expect(await refused(`CONNECT 127.0.0.1:22 HTTP/1.1\r\n${HOST}\r\n`)).to.match(/^HTTP\/1\.1 400 .*no tunnels/s);
  });

  it('WebSocket', async () => {
    const headers = `${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n`;
    expect(await refused(`GET /services/web/ HTTP/1.1\r\n${headers}\r\n`)).to.match(/^HTTP\/1\.1 400 .*WebSocket/s);
  });

  it('going round in circles', async () => {
    service.text = '';
    const via = `Via: ${Array.from({ length: 8 }, () => '1.1 lanyard').join(', ')}\r\n`;
    const client = await RawClient.to(door.port, `GET /services/web/ HTTP/1.1\r\n${HOST}${via}\r\n`);
    await eventually('an answer', () => client.text.includes('leads back to a master'));
    expect(service.text).to.equal('');
  });

  for (const [what, chunks] of [
    ['a chunk size that is none (RFC 9112 7.1)', 'xyz\r\nhello\r\n0\r\n\r\n'],
    ['a negative chunk size', '-5\r\nhello\r\n0\r\n\r\n'],
    ['0x before a chunk size', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['a chunk size beyond 2^64', 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
    ['a chunk longer than it says (SMUG-CHUNK-SPILL)', '3\r\nhello\r\n0\r\n\r\n'],
    ['a space before a chunk size', ' 5\r\nhello\r\n0\r\n\r\n'],
    ['a bare line feed after a chunk size (SMUG-CHUNK-BARE-LF)', '5\nhello\r\n0\r\n\r\n'],
    ['no line end after a chunk', '5\r\nhello0\r\n\r\n'],
    ['an endless chunk extension', `5;${'a'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`],
  ] as const) {
    it(`a body with ${what}: the service does not get an end of it`, async () => {
      service.text = '';
      const client = await RawClient.to(
        door.port,
        `${LINE}${HOST}Transfer-Encoding: chunked\r\n\r\n${chunks}${SMUGGLED}`,
      );
      await eventually('the end', () => client.isClosed || client.text.includes('\r\n\r\n'));
      expect(client.text).to.match(/^(HTTP\/1\.1 4\d\d |$)/);
      await eventually('the place is free', () => door.forwarding.open === 0);
      expect(service.text)
        .to.not.match(/\r\n0\r\n\r\n/)
        .and.to.not.include('smuggled');
      client.socket.destroy();
    });
  }

  it('of two meanings: chunks are framed anew, extensions and trailers of a request left out', async () => {
    service.text = '';
    const client = await RawClient.to(door.port, `${LINE}${HOST}Transfer-Encoding:\tChunked \r\n\r\n`);
    client.send('0005;ext="x"\r\nhello\r\n6;a\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n');
    await eventually('the answer', () => client.text.endsWith('ok'));
    await eventually('the end', () => service.text.endsWith('\r\n0\r\n\r\n'));
    expect(service.text.toLowerCase().match(/transfer-encoding: chunked\r\n/g)).to.have.lengthOf(1);
    const body = service.text.slice(service.text.indexOf('\r\n\r\n') + 4);
    expect(body.replaceAll(/(^|\r\n)[0-9a-f]+\r\n/g, '').replace(/\r\n$/, '')).to.equal('hello world');
    expect(service.text).to.not.match(/ext|X-Trailer/i);
    client.socket.destroy();
  });

  it('of two hosts: the absolute form of this one is taken as its path', async () => {
    service.text = '';
    const client = await RawClient.to(
      door.port,
      `GET http://GOOD.example/services/web/a?b HTTP/1.1\r\nHost: good.example\r\n\r\n`,
    );
    await eventually('the answer', () => client.text.endsWith('ok'));
    expect(service.requests).to.deep.equal(['GET /a?b HTTP/1.1']);
    client.socket.destroy();
  });
});
