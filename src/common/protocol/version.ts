// Which versions of the protocol can talk to each other: the major must match, the lower minor is spoken.

export interface ProtocolVersion {
  readonly major: number;
  readonly minor: number;
}

/** The version that this code speaks. New optional fields and tags raise `minor`; anything else raises `major`. */
export const PROTOCOL_VERSION: ProtocolVersion = { major: 1, minor: 3 };

/** The version two nodes use together, or undefined when they cannot talk. */
export function negotiate(ours: ProtocolVersion, theirs: ProtocolVersion): ProtocolVersion | undefined {
  if (ours.major !== theirs.major) return undefined;
  return { major: ours.major, minor: Math.min(ours.minor, theirs.minor) };
}
