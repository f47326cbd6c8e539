// The licences of the packages whose code is inside what the build makes: each allows that, on the condition that its text comes along.
import * as fs from 'node:fs';
import path from 'node:path';

const FOLDER = 'node_modules/';
const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;
const RULE = '-'.repeat(80);

/**
 * @param {string} root folder of the project
 * @param {readonly string[]} files relative to it; those that belong to no package are passed over
 * @returns {string} name, version and licence of every package that they belong to
 */
export function thirdPartyText(root, files) {
  const folders = [...new Set(files.flatMap(packageFolder))].sort();
  const parts = folders.map((folder) => licenceOf(path.join(root, folder)));
  const head = 'Parts of these packages are inside slave.mjs and the web pages of Lanyard.\n';
  return [head, ...new Set(parts)].join(`\n${RULE}\n\n`);
}

/** `node_modules/a/node_modules/@b/c/d.js` → `node_modules/a/node_modules/@b/c`. */
function packageFolder(file) {
  const start = file.lastIndexOf(FOLDER) + FOLDER.length;
  if (start < FOLDER.length) return [];
  const [first, second] = file.slice(start).split('/');
  return [file.slice(0, start) + (first.startsWith('@') ? `${first}/${second}` : first)];
}

/** A package that comes without the text of its licence is an error: it could not be passed on. */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const names = fs
    .readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file) && !/[.][cm]?js$/.test(file))
    .sort();
  const texts = names.map((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim());
  if (texts.length === 0) texts.push(licenceInReadme(folder) ?? missing(name));
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
}

function licenceInReadme(folder) {
  const readme = fs.readdirSync(folder).find((file) => /^readme([.].*)?$/i.test(file));
  const text = readme === undefined ? '' : fs.readFileSync(path.join(folder, readme), 'utf8');
  return /Copyright[^]*Permission is hereby granted[^]*IN THE SOFTWARE\.?/i.exec(text)?.[0].trim();
}

function missing(name) {
  throw new Error(`The package ${name} goes into what is built, but no file of it holds its licence.`);
}
