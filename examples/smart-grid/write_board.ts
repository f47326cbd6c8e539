// Writes board.json beside this file anew, from board.ts: node --import tsx examples/smart-grid/write_board.ts
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { smartGridBoard } from './board.ts';

const file = path.join(import.meta.dirname, 'board.json');
const text = `${JSON.stringify(smartGridBoard(), null, 1)}\n`;
writeFileSync(file, text);
console.log(`${path.relative(process.cwd(), file)}: ${text.length} bytes`);
