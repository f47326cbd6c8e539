// Replicas that the master starts and ends: /autoscale shows what it does with them, and why.
import type { FastifyInstance } from 'fastify';
import { endpoints } from './endpoint.ts';
import type { RouteParts } from './route-parts.ts';

const number = { type: 'number' } as const;
const integer = { type: 'integer' } as const;
const text = { type: 'string' } as const;
const textOrNull = { type: ['string', 'null'] } as const;

const REPLICA = {
  type: 'object',
  properties: {
    id: text,
    state: { type: 'string', enum: ['ordered', 'starting', 'ready', 'unwell', 'draining', 'stopping'] },
    slave: { ...textOrNull, description: 'Name of its slave; null until it joined' },
    idleMs: { ...number, description: 'For how long it has had no work' },
    detail: { ...text, description: 'What the provider says of it: a pid, a container' },
  },
};

const STRANGER = {
  type: 'object',
  properties: { id: text, group: text, slave: { ...textOrNull, description: 'Null until it joined' }, detail: text },
};

const CHANGE = {
  type: 'object',
  properties: { at: { type: 'string', format: 'date-time' }, from: integer, to: integer, reason: text },
};

const GROUP = {
  type: 'object',
  properties: {
    ...{ group: text, min: integer, max: integer, provider: text },
    wanted: { ...integer, description: 'How many there should be' },
    actual: { ...integer, description: 'How many there are, with those that start and those that leave' },
    ready: { ...integer, description: 'How many take work' },
    waiting: { ...integer, description: 'Requests or tasks that wait' },
    replicas: { type: 'array', items: REPLICA },
    reason: { ...text, description: 'Why it is as it is' },
    lastError: { ...textOrNull, description: 'What went wrong last; null when all has been well since' },
    retryInMs: {
      type: ['number', 'null'],
      description: 'When it is tried again to start some; null when nothing holds it',
    },
    history: { type: 'array', items: CHANGE, description: 'The latest 50 changes, oldest first' },
  },
};

const VIEW = {
  type: 'object',
  properties: {
    groups: { type: 'array', items: GROUP },
    strangers: { type: 'array', items: STRANGER, description: 'Replicas that none of the groups keeps' },
  },
};

export function addAutoscale(app: FastifyInstance, { cluster }: RouteParts): void {
  endpoints(app, '/autoscale', {
    GET: {
      summary: 'Replicas that the master starts and ends',
      answers: {
        200: {
          description: 'A group for each --autoscale; none without',
          content: { 'application/json': VIEW },
        },
      },
      handle: () => cluster.autoscale(),
    },
  });
}
