// The text of proto/lanyard.proto: a file of the package, three folders above this one, built or not. In the single file slave.mjs
// there is none: there scripts/bundle-slave.mjs puts the text itself in the place of this module.
import { readFileSync } from 'node:fs';

/** What a client in any language compiles too. */
export const PROTO_TEXT = readFileSync(new URL('../../../proto/lanyard.proto', import.meta.url), 'utf8');
