import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { PublishedKey } from '../../durable-objects/key-ring/key-ring.ts';
import { sha256, toBase64Url, utf8 } from '../../shared/bytes.ts';
import { SIGNING_ALGORITHMS } from '../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../shared/http/or-unavailable.ts';
import { Problem } from '../../shared/http/problem.ts';
import {
  ADMINISTRATOR_PROBLEMS,
  BEARER,
  BODY_PROBLEMS,
  instant,
  json,
  optionalJsonBody,
  problems,
} from '../kit/documented.ts';
import type { RequestEnv } from '../kit/request.ts';
import { type AdministratorNeeds, requireAdministrator } from '../kit/require.ts';
import { type PerAlgorithm, publishedKeys, type TokenRing, toJwkSet } from './rings.ts';
import type { Signer } from './signer.ts';

export type KeySetNeeds = { readonly rings: PerAlgorithm<TokenRing> };

const Jwk = z
  .object({
    kty: z.string(),
    kid: z.string(),
    use: z.literal('sig'),
    alg: z.string(),
    crv: z.string().optional(),
    x: z.string().optional(),
    y: z.string().optional(),
    n: z.string().optional(),
    e: z.string().optional(),
  })
  .openapi('Jwk');

const HEADERS = {
  'cache-control': 'public, max-age=300, stale-while-revalidate=600',
  'access-control-allow-origin': '*',
};

/** The route of the public keys, with which anybody verifies our tokens. */
export function keySetRoutes(): OpenAPIHono<RequestEnv<KeySetNeeds>> {
  const app = new OpenAPIHono<RequestEnv<KeySetNeeds>>();
  const route = createRoute({
    method: 'get',
    path: '/.well-known/jwks.json',
    operationId: 'getJwks',
    tags: ['keys'],
    summary: 'The public keys that verify tokens (RFC 7517)',
    description:
      'Previous, current and next keys of every signing algorithm. A key is listed before it signs for the first time.',
    responses: {
      200: json(z.object({ keys: z.array(Jwk) }).openapi('JwkSet'), 'The keys'),
      304: { description: 'The keys are those that `If-None-Match` names' },
      ...problems(),
    },
  });
  app.openapi(route, async (c) => {
    const { rings } = c.var.services;
    const { keys } = toJwkSet(await orUnavailable('the keys', () => publishedKeys(rings)));
    const body = { keys: [...keys] };
    const etag = await entityTag(JSON.stringify(body));
    const headers = { ...HEADERS, etag };
    return matches(c.req.header('if-none-match'), etag)
      ? c.body(null, 304, headers)
      : c.json(body, 200, headers);
  });
  return app;
}

const entityTag = async (body: string): Promise<string> =>
  `"${toBase64Url(await sha256(utf8(body)))}"`;

/** `If-None-Match` is `*`, or a list of tags that are compared weakly (RFC 9110 §13.1.2). */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

export type KeyAdministrationNeeds = AdministratorNeeds &
  KeySetNeeds & { readonly signers: PerAlgorithm<Signer> };

const Algorithm = z.enum(SIGNING_ALGORITHMS);

const Key = z
  .object({
    kid: z.string(),
    alg: Algorithm,
    state: z.enum(['previous', 'current', 'next']),
    createdAt: instant,
    activatedAt: instant.optional(),
    expiresAt: instant.optional(),
  })
  .openapi('Key');

const RotationBody = z.strictObject({
  alg: Algorithm.optional(),
  expectedKid: z.string().max(128).optional(),
});

const Rotation = z.object({
  previousKid: z.string(),
  currentKid: z.string(),
  nextKid: z.string(),
});

const ADMINISTRATION = { tags: ['keys'], security: BEARER, middleware: requireAdministrator };

/** The routes by which administrators manage the keys. */
export function keyAdministrationRoutes(): OpenAPIHono<RequestEnv<KeyAdministrationNeeds>> {
  const app = new OpenAPIHono<RequestEnv<KeyAdministrationNeeds>>();
  addList(app);
  addRotate(app);
  return app;
}

function addList(app: OpenAPIHono<RequestEnv<KeyAdministrationNeeds>>): void {
  const route = createRoute({
    ...ADMINISTRATION,
    method: 'get',
    path: '/',
    operationId: 'listKeys',
    summary: 'The signing keys and their states, by algorithm, oldest first',
    responses: {
      200: json(z.object({ keys: z.array(Key) }), 'The keys'),
      ...problems(...ADMINISTRATOR_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { rings } = c.var.services;
    const keys = await orUnavailable('the keys', () => publishedKeys(rings));
    return c.json({ keys: keys.map(toKey) }, 200);
  });
}

function addRotate(app: OpenAPIHono<RequestEnv<KeyAdministrationNeeds>>): void {
  const route = createRoute({
    ...ADMINISTRATION,
    method: 'post',
    path: '/rotate',
    operationId: 'rotateKeys',
    summary: 'Rotates the signing key of one algorithm at once',
    description:
      '`alg` is `ES256` where absent. With `expectedKid`, only if that key is still the current one of its algorithm: a retry is harmless.',
    request: optionalJsonBody(RotationBody),
    responses: {
      200: json(Rotation, 'The key that signed, the key that signs, and the one after it'),
      ...problems(...ADMINISTRATOR_PROBLEMS, ...BODY_PROBLEMS, 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, principal, log } = c.var;
    const { alg = 'ES256', expectedKid } = c.req.valid('json');
    const { subject } = principal;
    log({ event: 'key.rotation_asked', level: 'security', subject, alg });
    const ring = services.rings[alg];
    const rotated = await orUnavailable('the keys', () => ring.rotate(expectedKid));
    if (!rotated.ok) throw new Problem('CONFLICT', { detail: `Another ${alg} key is current` });
    // This isolate signs with the new key at once. Others use the old key until their snapshot is
    // too old.
    services.signers[alg].forget();
    return c.json(rotated.value, 200);
  });
}

function toKey({ kid, alg, state, createdAt, activatedAt, expiresAt }: PublishedKey) {
  return {
    kid,
    alg,
    state,
    createdAt: new Date(createdAt).toISOString(),
    ...(activatedAt === undefined ? {} : { activatedAt: new Date(activatedAt).toISOString() }),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
  };
}
