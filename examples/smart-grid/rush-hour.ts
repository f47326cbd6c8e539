// The rush hour: vehicles that ask the gateway for a charge, all at once or so many a second, and what each was told.
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../common/seeded.ts';

const KWH_MAX = 100;

export interface Vehicle {
  readonly vehicleId: string;
  readonly kWh: number;
}

export interface Outcome {
  readonly vehicleId: string;
  /** Of the HTTP answer; 0 when there was none. */
  readonly status: number;
  /** Who charged it; empty when nobody did. */
  readonly substation: string;
  /** From the question to the answer, in seconds. */
  readonly seconds: number;
  /** Why there was no charge; empty when there was. */
  readonly why: string;
}

export interface RushHour {
  /** http://host:port/ of the gateway. */
  readonly gateway: string;
  readonly vehicles: readonly Vehicle[];
  /** So many requests a second; Infinity: all at once. */
  readonly rate: number;
  /** One request may take so long. */
  readonly timeoutMs: number;
  /** Is told how many requests were sent, after each. */
  readonly onSent?: (sent: number) => void;
}

/** Vehicles that want between 1 and 100 kWh, the same ones each time; `prefix` makes their names differ from those of another rush hour. */
export function vehiclesOf(prefix: string, count: number): Vehicle[] {
  const random = seeded(count);
  return Array.from({ length: count }, (_, i) => ({
    vehicleId: `${prefix}-${i + 1}`,
    kWh: 1 + Math.floor(random() * KWH_MAX),
  }));
}

/** How long the charge of each takes by itself, in seconds, on average: from the least to the most, by kWh, as substation.mjs has it. */
export function meanCharge(vehicles: readonly Vehicle[], leastMs: number, mostMs: number): number {
  const kWh = vehicles.reduce((sum, vehicle) => sum + vehicle.kWh, 0) / vehicles.length;
  return (leastMs + ((mostMs - leastMs) * kWh) / KWH_MAX) / 1000;
}

/** Sends all requests, and resolves when each has an answer, or none in time. */
export async function rushHour({ gateway, vehicles, rate, timeoutMs, onSent }: RushHour): Promise<Outcome[]> {
  const beginMs = performance.now();
  const asked: Promise<Outcome>[] = [];
  for (const [i, vehicle] of vehicles.entries()) {
    const waitMs = beginMs + (1000 * i) / rate - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    asked.push(ask(gateway, vehicle, timeoutMs));
    onSent?.(asked.length);
  }
  return Promise.all(asked);
}

async function ask(gateway: string, vehicle: Vehicle, timeoutMs: number): Promise<Outcome> {
  const { vehicleId } = vehicle;
  const beginMs = performance.now();
  const seconds = (): number => (performance.now() - beginMs) / 1000;
  try {
    const answer = await fetch(new URL('/request_charge', gateway), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(vehicle),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { substation = '', detail = '' } = (await answer.json()) as { substation?: string; detail?: string };
    return { vehicleId, status: answer.status, substation, seconds: seconds(), why: detail };
  } catch (error) {
    return { vehicleId, status: 0, substation: '', seconds: seconds(), why: String(error) };
  }
}
