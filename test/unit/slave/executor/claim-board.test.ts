// Who has a task, main thread or worker: never both, never neither, even when both try at once.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { CELLS, ClaimBoard } from '../../../../src/slave/executor/claim-board.ts';

describe('a claim board', () => {
  it('lets a posted task be claimed, once', () => {
    const board = new ClaimBoard();
    expect(board.claim(3), 'not posted yet').to.equal(false);
    board.post(3);
    expect(board.isClaimed(3)).to.equal(false);
    expect(board.claim(3)).to.equal(true);
    expect(board.isClaimed(3)).to.equal(true);
    expect(board.claim(3)).to.equal(false);
  });

  it('lets a task be withdrawn until it is claimed', () => {
    const board = new ClaimBoard();
    board.post(0);
    expect(board.withdraw(0)).to.equal(true);
    expect(board.claim(0)).to.equal(false);
    expect(board.withdraw(0)).to.equal(false);
    board.post(1);
    board.claim(1);
    expect(board.withdraw(1)).to.equal(false);
  });

  it('has cells that are independent and can be used again', () => {
    const board = new ClaimBoard();
    for (let cell = 0; cell < CELLS; cell++) board.post(cell);
    expect(board.claim(CELLS - 1)).to.equal(true);
    expect(board.isClaimed(0)).to.equal(false);
    board.free(CELLS - 1);
    expect(board.isClaimed(CELLS - 1)).to.equal(false);
    board.post(CELLS - 1);
    expect(board.claim(CELLS - 1)).to.equal(true);
  });

  it('shares its cells through its buffer', () => {
    const board = new ClaimBoard();
    const worker = new ClaimBoard(board.buffer);
    board.post(5);
    expect(worker.claim(5)).to.equal(true);
    expect(board.withdraw(5)).to.equal(false);
  });

  it('carries the last words of its thread', () => {
    for (const late of [false, true]) {
      const board = new ClaimBoard();
      expect([board.exited, board.exitedLate]).to.deep.equal([false, false]);
      new ClaimBoard(board.buffer).noteExit(late);
      expect([board.exited, board.exitedLate]).to.deep.equal([true, late]);
    }
  });

  it('gives every cell to exactly one of two threads that race for it', async () => {
    const board = new ClaimBoard();
    const won = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT);
    for (let cell = 0; cell < CELLS; cell++) board.post(cell);
    // The other thread does what `claim` does: posted (1) becomes claimed (2).
    const code = `
      const { parentPort, workerData: { cells, won } } = require('node:worker_threads');
      const [board, mine] = [new Int32Array(cells), new Int32Array(won)];
      parentPort.postMessage('go');
      for (let cell = 0; cell < board.length; cell++)
        if (Atomics.compareExchange(board, cell, 1, 2) === 1) Atomics.store(mine, cell, 1);
    `;
    const thread = new Worker(code, { eval: true, workerData: { cells: board.buffer, won } });
    const exit = once(thread, 'exit');
    await once(thread, 'message');
    const withdrawn: boolean[] = [];
    for (let cell = CELLS - 1; cell >= 0; cell--) withdrawn[cell] = board.withdraw(cell);
    await exit;
    const theirs = Array.from(new Int32Array(won), (mark) => mark === 1);
    expect(theirs.map((claimed, cell) => claimed !== withdrawn[cell])).to.deep.equal(new Array(CELLS).fill(true));
  });
});
