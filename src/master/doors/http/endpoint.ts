// What an endpoint is, and how its methods are registered: the route, its description for /openapi.json, HEAD, and 405 for the rest.
// Schemas describe, they do not validate: what is checked is checked where there are sentences for it.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { LanyardError, type ErrorCode } from '../../../common/errors.ts';
import { problemType, STATUS_CODES } from '../../../common/status-codes.ts';

/** A parameter, as JSON Schema with a sentence. */
export interface Described {
  readonly type: 'string' | 'integer';
  readonly description: string;
  readonly enum?: readonly string[];
  readonly default?: string | number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: true;
}

/** By name. */
export type Parameters = Readonly<Record<string, Described>>;

/** An answer that is not a problem: a sentence, and a schema per content type. */
export interface DescribedAnswer {
  readonly description: string;
  readonly content?: Readonly<Record<string, object>>;
}

export interface Endpoint {
  readonly summary: string;
  readonly description?: string;
  /** GET has no effect, so HEAD is answered too. */
  readonly isSafe?: boolean;
  readonly query?: Parameters;
  readonly path?: Parameters;
  readonly headers?: Parameters;
  readonly body?: object;
  readonly bodyBytesMax?: number;
  /** By status; a JSON document with 200 when nothing is said. */
  readonly answers?: Readonly<Record<number, DescribedAnswer>>;
  /** How it may be refused, beside the Host and Origin checks. */
  readonly errors?: readonly ErrorCode[];
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Keeps fastify from validating and serializing by schemas. */
export function useSchemasAsDescriptions(app: FastifyInstance): void {
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
}

/** Registers the methods of one path; all others answer 405 and say which are allowed. */
export function endpoints(app: FastifyInstance, url: string, byMethod: Readonly<Record<string, Endpoint>>): void {
  for (const [method, endpoint] of Object.entries(byMethod)) {
    const { isSafe = true, bodyBytesMax, handle } = endpoint;
    app.route({
      method,
      url,
      exposeHeadRoute: method === 'GET' && isSafe,
      schema: schemaOf(endpoint),
      ...(bodyBytesMax !== undefined && { bodyLimit: bodyBytesMax }),
      handler: handle,
    });
  }
  const possible = Object.keys(byMethod);
  if (byMethod['GET'] !== undefined && byMethod['GET'].isSafe !== false) possible.push('HEAD');
  const allowed = possible.join(', ');
  app.route({
    method: METHODS.filter((method) => !possible.includes(method)),
    url,
    schema: { hide: true },
    handler(request, reply) {
      void reply.header('allow', allowed);
      throw new LanyardError('METHOD_NOT_ALLOWED', `${request.method} ${url} is not possible; allowed: ${allowed}`);
    },
  });
}

function schemaOf({ summary, description, query, path, headers, body, answers, errors = [] }: Endpoint): object {
  return {
    summary,
    ...(description !== undefined && { description }),
    ...(query && { querystring: objectOf(query) }),
    ...(path && { params: objectOf(path) }),
    ...(headers && { headers: objectOf(headers) }),
    ...(body && { body }),
    response: { ...responsesOf(answers ?? { 200: { description: summary } }), ...problemsOf(['FORBIDDEN', ...errors]) },
  };
}

function objectOf(parameters: Parameters): object {
  const entries = Object.entries(parameters);
  const properties = entries.map(([name, { required: _, ...schema }]) => [name, schema] as const);
  const required = entries.filter(([, { required }]) => required === true).map(([name]) => name);
  return { type: 'object', properties: Object.fromEntries(properties), required };
}

const ANY_JSON = { 'application/json': {} };

function responsesOf(answers: Readonly<Record<number, DescribedAnswer>>): object {
  const responses = Object.entries(answers).map(([status, { description, content = ANY_JSON }]) => {
    const media = Object.entries(content).map(([type, schema]) => [type, { schema }] as const);
    return [status, { description, content: Object.fromEntries(media) }] as const;
  });
  return Object.fromEntries(responses);
}

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', description: 'Stable; tells kinds of problems apart' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What went wrong and what to do' },
  },
  additionalProperties: true,
};

/** One response per status, which names all problems that may be behind it. */
function problemsOf(codes: readonly ErrorCode[]): object {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { http } = STATUS_CODES[code];
    byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  const responses = Array.from(byStatus, ([status, behind]) => {
    const description = behind.map((code) => `${STATUS_CODES[code].title} (${problemType(code)})`).join('; ');
    return [status, { description, content: { 'application/problem+json': { schema: PROBLEM_SCHEMA } } }] as const;
  });
  return Object.fromEntries(responses);
}
