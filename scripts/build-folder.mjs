// Where a build is made before it takes the place of dist/: a folder of its own, dist.next.<pid>, so that several builds at once do
// not touch each other. It has the depth of dist/, to which source maps are relative.
import * as fs from 'node:fs';
import path from 'node:path';

const NAME = /^dist\.next\.(\d+)(\.old)?$/;
/** So often another build may come in between two steps of the exchange. */
const EXCHANGES_MAX = 100;

/**
 * The folder of this process.
 * @param {string} root folder of the project
 * @returns {string} its path
 */
export function buildFolder(root) {
  return path.join(root, `dist.next.${process.pid}`);
}

/**
 * Removes such a folder, and what an exchange left beside it.
 * @param {string} folder
 */
export function removeBuildFolder(folder) {
  for (const name of [folder, `${folder}.old`]) fs.rmSync(name, { recursive: true, force: true });
}

/**
 * Removes those of builds that were killed: their process is gone, or this one has its number now.
 * @param {string} root folder of the project
 */
export function removeStaleBuildFolders(root) {
  for (const name of fs.readdirSync(root)) {
    const [, pid] = NAME.exec(name) ?? [];
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    fs.rmSync(path.join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: another user's.
    return error.code !== 'ESRCH';
  }
}

/**
 * The folder takes the place of dist/. By renaming alone: who reads there meanwhile finds the old one or the new one, whole.
 * @param {string} folder
 * @param {string} dist
 */
export function takePlaceOf(folder, dist) {
  const old = `${folder}.old`;
  for (let i = 1; ; i++) {
    // Another build may take dist/ away or put its own there at any moment.
    unless(['ENOENT'], () => fs.renameSync(dist, old));
    const done = unless(i < EXCHANGES_MAX ? ['ENOTEMPTY', 'EEXIST'] : [], () => fs.renameSync(folder, dist));
    fs.rmSync(old, { recursive: true, force: true });
    if (done) return;
  }
}

/** Whether it succeeded; throws what is not expected. */
function unless(expected, step) {
  try {
    step();
    return true;
  } catch (error) {
    if (!expected.includes(error.code)) throw error;
    return false;
  }
}
