import { CATALOGUE } from '../catalogue';
import type { Operation } from '../operation';
import { oneOf, record, type Schema, text } from '../schema';
import { LATER } from './later';
import { ROUTES, type Route } from './routes';

export interface Document {
  readonly openapi: '3.1.0';
  readonly [part: string]: unknown;
}

const TEXT = 'text/plain';
const JSON_TYPE = 'application/json';

const NAME = parameter('instance_name', 'query', text, 'The title of a home, in the place of its ID.');
/** By what is done. */
const REFERENCE = {
  read: [
    parameter('instance_id', 'query', text, 'The ID of a home; left out, or `all`, where all are asked for.'),
    NAME,
  ],
  write: [
    parameter('instance_id', 'query', text, 'The ID of the home; may be left out where only one can be meant.'),
    NAME,
  ],
};

/** What goes wrong alike everywhere, by status. */
const PROBLEMS = {
  400: 'Something in the request is missing or not valid; the detail names it.',
  401: 'No key came with it, or one that nobody was given.',
  403: 'The key, or the token of the home, may not do this.',
  404: 'There is no such home, entity or record, or none the key may see.',
  405: 'The route is there, but not for this method.',
  409: 'It could be meant for several homes, or cannot be done to what is there.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  501: 'It is not part of this version.',
  503: 'The home or its store does not answer now, or too much is asked at once.',
} as const;

/** OpenAPI 3.1 of every route, from what the routes themselves are made of. */
export function openApi(version: string): Document {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    const described = describeRoute(route);
    if (described) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: described };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Caretaker', version, description: 'Every Home Assistant you run, in one API.' },
    servers: [{ url: '/' }],
    security: [{ ApiKey: [] }, {}],
    paths,
    components: {
      securitySchemes: { ApiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
      schemas: { Error: record({ detail: text, code: text }) },
      responses: Object.fromEntries(
        Object.entries(PROBLEMS).map(([status, description]) => [`Error${status}`, problem(description)]),
      ),
    },
  };
}

/** The operation of a route; undefined of what the API itself answers. */
export function operationOf({ name }: Route): Operation | undefined {
  return CATALOGUE.get(name) ?? LATER.get(name);
}

function describeRoute(route: Route): object | undefined {
  const found = operationOf(route);
  if (found) return describeOperation(route, found);
  return route.name in BUILT_INS ? describeBuiltIn(route) : undefined;
}

function describeOperation(
  { method, path, name }: Route,
  { summary, access, fields, answer, statuses = [] }: Operation,
): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, word]) => word as string);
  const required = fields.required ?? [];
  const others = Object.entries(fields.properties).filter(([field]) => !inPath.includes(field));
  const parameters = [
    ...inPath.map((field) => ({ ...parameter(field, 'path', fields.properties[field] ?? text), required: true })),
    ...REFERENCE[access],
    ...(method === 'POST' ? [] : others.map(([field, schema]) => queryParameter(field, schema, required))),
  ];
  const pageable = 'offset' in fields.properties;
  const later = LATER.has(name);
  const media = answer.type === 'string' ? TEXT : JSON_TYPE;
  const well = later ? [] : [200, ...statuses.filter((status) => status < 400)];
  const bad = statuses.filter((status) => status >= 500 && !later);
  return {
    operationId: name,
    summary,
    tags: [path.split('/')[1]],
    parameters,
    ...(method === 'POST' && {
      requestBody: bodyOf(
        others,
        required.filter((field) => !inPath.includes(field)),
      ),
    }),
    responses: {
      ...problemsOf(method, later),
      ...Object.fromEntries(well.map((status) => [status, response(summary, media, answer, pageable)])),
      // Also an answer: what was asked for, and how it is.
      ...Object.fromEntries(
        bad.map((status) => [status, response(summary, media, { anyOf: [answer, errorSchema] }, false)]),
      ),
    },
  };
}

const errorSchema: Schema = { $ref: '#/components/schemas/Error' };

function problemsOf(method: Route['method'], later: boolean): Record<string, unknown> {
  const ofBodies = method === 'GET' ? ['413', '415'] : [];
  const kept = Object.keys(PROBLEMS).filter((status) => !ofBodies.includes(status) && (later || status !== '501'));
  return Object.fromEntries(kept.map((status) => [status, { $ref: `#/components/responses/Error${status}` }]));
}

function describeBuiltIn({ name }: Route): object {
  const [summary, media, schema] = BUILT_INS[name as keyof typeof BUILT_INS];
  const parameters = name === 'live' ? [...REFERENCE.read, queryParameter('kinds', LIVE_KINDS, [])] : [];
  return {
    operationId: name,
    summary,
    // The page asks for the key itself.
    ...(name === 'docs' && { security: [{}] }),
    parameters,
    responses: { ...problemsOf('GET', false), 200: response(summary, media, schema, false) },
  };
}

const LIVE_KINDS: Schema = {
  type: 'array',
  items: oneOf('entity', 'device', 'config_entry', 'instance', 'incident'),
};

const BUILT_INS = {
  openapi: ['This document.', JSON_TYPE, { type: 'object' }],
  docs: ['This document, to be read by people.', 'text/html', text],
  live: ['What changes, as it changes: server-sent events, named transition or incident.', 'text/event-stream', text],
} as const satisfies Record<string, readonly [string, string, Schema]>;

function parameter(name: string, place: 'path' | 'query', schema: Schema, description?: string) {
  return { name, in: place, ...(description && { description }), schema };
}

function queryParameter(name: string, schema: Schema, required: readonly string[]): object {
  return { ...parameter(name, 'query', schema), ...(required.includes(name) && { required: true }) };
}

function bodyOf(fields: readonly (readonly [string, Schema])[], required: readonly string[]): object {
  const schema = {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(required.length > 0 && { required }),
  };
  return { required: required.length > 0, content: { [JSON_TYPE]: { schema } } };
}

function response(description: string, media: string, schema: Schema, pageable: boolean): object {
  const total = { description: 'How many there are in all.', schema: { type: 'integer' } };
  return { description, ...(pageable && { headers: { 'X-Total-Count': total } }), content: { [media]: { schema } } };
}

function problem(description: string): object {
  return { description, content: { [JSON_TYPE]: { schema: errorSchema } } };
}
