// gRPC costs a node that does not serve it nothing: its packages are loaded by the first server that is opened.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const SCRIPT = `
import { createRequire } from 'node:module';
import { openGrpcDoor } from './src/master/doors/grpc/grpc-door.ts';
const { cache } = createRequire(import.meta.url);
const loaded = () => Object.keys(cache).some((file) => /node_modules.(@grpc|protobufjs)/.test(file));
const before = loaded();
const door = await openGrpcDoor({ host: '127.0.0.1', port: 0 });
console.log(before, loaded());
await door.close();
`;

describe('The packages of gRPC', () => {
  it('are loaded when a server is opened, and not before', () => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', SCRIPT];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', timeout: 20_000 });
    expect(stdout, stderr).to.equal('false true\n');
  });
});
