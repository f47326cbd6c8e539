// Ejection against a naive model that keeps everything that ever happened and works out from that who is out.
import { Ejections, FAILURES_MAX, FIRST_OUT_MS, LONGEST_OUT_MS } from '../../src/master/forwarding/ejection.ts';
import { integer, seeded } from '../support/seed.ts';
import { same, sameList } from '../support/same.ts';

interface NaiveMember {
  readonly name: string;
  able: boolean;
  /** Ends since it last became able or was put out: true for a failure. */
  ends: boolean[];
  /** Every time that it was out. */
  outs: { readonly atMs: number; readonly untilMs: number; backAtMs: number | undefined }[];
}

class Naive {
  members: NaiveMember[] = [];
  nowMs = 0;

  find(name: string): NaiveMember {
    return this.members.find((member) => member.name === name)!;
  }

  isOut({ outs }: NaiveMember): boolean {
    return outs.some(({ backAtMs }) => backAtMs === undefined);
  }

  get out(): NaiveMember[] {
    return this.members.filter((member) => this.isOut(member));
  }

  get outMax(): number {
    return Math.floor(this.members.filter(({ able }) => able).length / 2);
  }

  end(name: string, failed: boolean): void {
    const member = this.find(name);
    if (!failed) {
      if (!this.isOut(member)) member.ends = [];
      return;
    }
    if (!member.able || this.isOut(member)) return;
    member.ends.push(true);
    if (member.ends.length < FAILURES_MAX || this.out.length + 1 > this.outMax) return;
    member.ends = [];
    member.outs.push({ atMs: this.nowMs, untilMs: this.nowMs + this.#lengthMs(member), backAtMs: undefined });
  }

  setAble(name: string, able: boolean): void {
    const member = this.find(name);
    if (member.able === able) return;
    Object.assign(member, { able, ends: [] });
    this.#bringBack(member, this.nowMs);
    while (this.out.length > this.outMax) {
      const [next] = this.out.sort((a, b) => a.outs.at(-1)!.untilMs - b.outs.at(-1)!.untilMs);
      this.#bringBack(next!, this.nowMs);
    }
  }

  leave(name: string): void {
    this.setAble(name, false);
    this.members = this.members.filter((member) => member.name !== name);
  }

  advance(byMs: number): void {
    this.nowMs += byMs;
    for (const member of this.out) {
      const { untilMs } = member.outs.at(-1)!;
      if (untilMs <= this.nowMs) this.#bringBack(member, untilMs);
    }
  }

  #bringBack({ outs }: NaiveMember, atMs: number): void {
    const last = outs.at(-1);
    if (last !== undefined) last.backAtMs ??= atMs;
  }

  /** Counts back how often it was out with less good time between than it had been out for. */
  #lengthMs({ outs }: NaiveMember): number {
    let inARow = 0;
    let nextMs = this.nowMs;
    for (const { atMs, untilMs, backAtMs = Infinity } of [...outs].reverse()) {
      if (nextMs - backAtMs >= untilMs - atMs) break;
      inARow++;
      nextMs = atMs;
    }
    return Math.min(FIRST_OUT_MS * 2 ** inARow, LONGEST_OUT_MS);
  }
}

describe('ejection', () => {
  it('is what a naive model says, at most half of those that are able, and ends by itself', () =>
    seeded((random) => {
      for (let run = 0; run < 60; run++) {
        const real = new Ejections<string>();
        const naive = new Naive();
        const size = integer(random, 1, 7);
        for (let i = 0; i < size; i++) enter(real, naive, `m${i}`);
        for (let step = 0; step < 400; step++) {
          const name = naive.members[integer(random, 0, naive.members.length - 1)]?.name;
          const what = integer(random, 0, 99);
          if (name === undefined || what < 2) enter(real, naive, `s${step}`);
          else if (what < 3) {
            real.leave(name, naive.nowMs);
            naive.leave(name);
          } else if (what < 10) {
            const able = random() < 0.7;
            real.setAble(name, able, naive.nowMs);
            naive.setAble(name, able);
          } else if (what < 20) {
            naive.advance(integer(random, 1, random() < 0.2 ? 700_000 : 40_000));
            real.advance(naive.nowMs);
          } else if (what < 26) {
            real.succeeded(name);
            naive.end(name, false);
          } else {
            const times = integer(random, 1, 6);
            for (let n = 0; n < times; n++) {
              real.failed(name, naive.nowMs);
              naive.end(name, true);
            }
          }
          compare(real, naive, step);
        }
        naive.advance(LONGEST_OUT_MS);
        real.advance(naive.nowMs);
        same(real.out, 0, 'out in the end');
        same(real.nextMs, Infinity, 'next in the end');
      }
    }));
});

function enter(real: Ejections<string>, naive: Naive, name: string): void {
  real.enter(name);
  naive.members.push({ name, able: false, ends: [], outs: [] });
  real.setAble(name, true, naive.nowMs);
  naive.setAble(name, true);
}

function compare(real: Ejections<string>, naive: Naive, step: number): void {
  const untils = naive.members.map((member) => (naive.isOut(member) ? member.outs.at(-1)!.untilMs : -1));
  sameList(
    naive.members.map(({ name }) => real.untilMs(name) ?? -1),
    untils,
    'out until, at step',
    step,
  );
  same(real.out, naive.out.length, 'how many are out, at step', step);
  if (real.out > naive.outMax) throw new Error(`step ${step}: ${real.out} are out, at most ${naive.outMax} may be`);
  same(real.nextMs, Math.min(Infinity, ...untils.filter((untilMs) => untilMs >= 0)), 'next, at step', step);
}
