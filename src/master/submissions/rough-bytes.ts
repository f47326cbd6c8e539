// About how much memory a value takes, cheaply: good enough to bound what is kept. Without recursion: a slave may have nested its
// result as deep as a frame allows.

const OVERHEAD_BYTES = 16;

export function roughBytes(value: unknown): number {
  let bytes = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    bytes += OVERHEAD_BYTES + ownBytes(one);
    if (typeof one !== 'object' || one === null || one instanceof Uint8Array) continue;
    for (const [key, inner] of Object.entries(one)) {
      bytes += Array.isArray(one) ? 0 : 2 * key.length;
      open.push(inner);
    }
  }
  return bytes;
}

function ownBytes(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value === 'bigint') return value.toString(16).length / 2;
  return value instanceof Uint8Array ? value.byteLength : 0;
}
