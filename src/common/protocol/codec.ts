// Values on the wire: MessagePack through msgpackr, with integers of any size (extension 0x42) and bytes as Uint8Array. A key
// `__proto__` arrives as `__proto_`, so that no peer can set a prototype.
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, mapsAsObjects: true, useBigIntExtension: true, moreTypes: false });

export type Decoded =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly kind: 'truncated' | 'malformed' };

export function encode(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** Decodes exactly one value; bytes left over are malformed. Never throws. */
export function decode(bytes: Uint8Array): Decoded {
  try {
    return { ok: true, value: packr.unpack(bytes) as unknown };
  } catch (error) {
    const incomplete = error instanceof Error && (error as { incomplete?: boolean }).incomplete === true;
    return { ok: false, kind: incomplete ? 'truncated' : 'malformed' };
  }
}
