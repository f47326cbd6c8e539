// The version of this package, read from its own package.json, two folders above the built file as above the source.
import { readFileSync } from 'node:fs';

const url = new URL('../../../package.json', import.meta.url);

export const PACKAGE_VERSION = (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
