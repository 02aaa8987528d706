/**
 * The edge's own operations, as OpenAPI 3.1 describes them. `app.ts` pairs each with its handler.
 *
 * @module
 */

type Json = Readonly<Record<string, unknown>>;

const json = (schema: Json): Json => ({ 'application/json': { schema } });
const text = { type: 'string' };
const texts = { type: 'array', items: text };
const date = { type: 'number', description: 'NumericDate: seconds since the epoch' };

const problem = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const refusals = {
  400: problem('The question is malformed'),
  401: problem(
    'The token is missing, malformed, forged, expired, revoked, for somebody else, or in the hands of somebody else (RFC 9449, RFC 8705); or the user must sign in again (RFC 9470)',
  ),
  403: problem('The token lacks a required scope'),
  429: problem('Too many questions'),
  503: problem('The revocation log cannot be reached, and what is known of it is too old'),
};

const parameter = (name: string, description: string, schema: Json): Json => ({
  name,
  in: 'query',
  required: false,
  description,
  schema,
});

const consistency = parameter(
  'consistency',
  'strong: the session’s owner is asked. Otherwise a revocation may take five seconds to show',
  { type: 'string', enum: ['strong', 'eventual'] },
);

const validation = {
  type: 'object',
  required: [
    'valid',
    'subject',
    'sessionId',
    'clientId',
    'scopes',
    'issuedAt',
    'expiresAt',
    'tokenId',
    'claims',
  ],
  properties: {
    valid: { const: true },
    subject: text,
    sessionId: { type: ['string', 'null'], description: 'null: a client’s own token' },
    clientId: text,
    scopes: texts,
    issuedAt: date,
    expiresAt: date,
    tokenId: text,
    claims: { type: 'object', description: 'Every claim, as signed' },
  },
};

export const describeToken: Json = {
  summary: 'Validate an access token and read its claims',
  tags: ['tokens'],
  security: [{}, { bearer: [] }],
  parameters: [consistency],
  requestBody: {
    required: false,
    content: json({
      type: 'object',
      additionalProperties: false,
      properties: {
        token: { type: 'string', description: 'Without it: the bearer token of the request' },
        audience: { type: 'string', description: 'Without it: the configured audience' },
        requiredScopes: texts,
        requiredAcr: { ...texts, description: 'One of them is required (RFC 9470)' },
        maxAge: { type: 'integer', description: 'Seconds since the user signed in, at most' },
      },
    }),
  },
  responses: {
    200: { description: 'The token is valid', content: json(validation) },
    ...refusals,
  },
};

const authHeaders = Object.fromEntries(
  ['subject', 'session-id', 'client-id', 'scopes', 'roles'].map((name) => [
    `x-auth-${name}`,
    { schema: text },
  ]),
);

export const forwardAuthentication: Json = {
  summary: 'Forward authentication for reverse proxies',
  description:
    'At `/auth/forward` by any method; the body is not read. A DPoP proof must be for the request that the proxy asks about. The proxy tells it in `x-forwarded-proto`, `-host`, `-uri` and `-method` (or in `x-original-url` and `-method`), all of which it must set itself, and passes `www-authenticate` and `dpop-nonce` back.',
  tags: ['tokens'],
  security: [{ bearer: [] }],
  parameters: [
    parameter('audience', 'Without it: the configured audience', text),
    parameter('scope', 'Required scopes: separated by spaces, or repeated', texts),
    parameter('acr_values', 'One of them is required (RFC 9470): separated by spaces', text),
    parameter('max_age', 'Seconds since the user signed in, at most', { type: 'integer' }),
    consistency,
  ],
  responses: {
    200: { description: 'The token is valid; the headers tell whose it is', headers: authHeaders },
    ...refusals,
  },
};

export const health: Json = {
  summary: 'Health of the deployment, by component',
  tags: ['operations'],
  security: [],
  responses: {
    200: { description: 'UP or DEGRADED', content: json({ $ref: '#/components/schemas/Health' }) },
    503: { description: 'DOWN', content: json({ $ref: '#/components/schemas/Health' }) },
  },
};

export const openapi: Json = {
  summary: 'This document',
  tags: ['operations'],
  security: [],
  responses: { 200: { description: 'OpenAPI 3.1', content: json({ type: 'object' }) } },
};

export const socket: Json = {
  summary: 'Open a WebSocket to the hub',
  description:
    'Credentials: an access token as header, or, if it is not bound to a key, among the subprotocols: `sallyport.v1, bearer.<token>`.',
  tags: ['connect'],
  security: [{ bearer: [] }],
  responses: {
    101: { description: 'The socket is open' },
    400: problem('The request is no WebSocket upgrade'),
    401: problem('Nobody is signed in'),
  },
};

const status = { type: 'string', enum: ['UP', 'DEGRADED', 'DOWN'] };

export const components = {
  securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  schemas: {
    Problem: {
      type: 'object',
      description: 'RFC 9457',
      required: ['type', 'title', 'status', 'instance', 'code', 'correlationId'],
      properties: {
        type: { type: 'string', format: 'uri-reference' },
        title: text,
        status: { type: 'integer' },
        detail: text,
        instance: text,
        code: text,
        correlationId: text,
        errors: {
          type: 'array',
          items: { type: 'object', properties: { path: text, message: text } },
        },
      },
    },
    Health: {
      type: 'object',
      required: ['status', 'version', 'uptime', 'components'],
      properties: {
        status,
        version: text,
        uptime: { type: 'integer' },
        components: {
          type: 'object',
          additionalProperties: { type: 'object', required: ['status'], properties: { status } },
        },
      },
    },
  },
};
