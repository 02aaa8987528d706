import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { PublishedKey } from '../../../durable-objects/key-ring/key-ring.ts';
import { SIGNING_ALGORITHMS } from '../../../shared/contracts/keys/keys-rpc.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { idsOf, type KeysHono } from '../context.ts';
import { bearer, problem } from '../openapi.ts';
import { publishedKeys } from '../ring.ts';
import type { Services } from '../services.ts';

const Algorithm = z.enum(SIGNING_ALGORITHMS);

const Key = z
  .object({
    kid: z.string(),
    alg: Algorithm,
    state: z.enum(['previous', 'current', 'next']),
    createdAt: z.iso.datetime(),
    activatedAt: z.iso.datetime().optional(),
    expiresAt: z.iso.datetime().optional(),
  })
  .openapi('Key');

const failures = {
  401: problem('No valid access token'),
  403: problem('The caller is no administrator'),
  503: problem('The keys are out of reach'),
};

const list = createRoute({
  method: 'get',
  path: '/api/v1/keys',
  operationId: 'listKeys',
  tags: ['keys'],
  summary: 'The signing keys and their states, by algorithm, oldest first',
  security: bearer,
  responses: {
    200: {
      description: 'The keys',
      content: { 'application/json': { schema: z.object({ keys: z.array(Key) }) } },
    },
    ...failures,
  },
});

const rotate = createRoute({
  method: 'post',
  path: '/api/v1/keys/rotate',
  operationId: 'rotateKeys',
  tags: ['keys'],
  summary: 'Rotates the signing key of one algorithm at once',
  description:
    '`alg` is `ES256` where absent. With `expectedKid`, only if that key is still the current one of its algorithm: a retry is harmless.',
  security: bearer,
  request: {
    body: {
      content: {
        'application/json': {
          schema: z.object({
            alg: Algorithm.optional(),
            expectedKid: z.string().max(128).optional(),
          }),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'The key that signed, the key that signs, and the one after it',
      content: {
        'application/json': {
          schema: z.object({
            previousKid: z.string(),
            currentKid: z.string(),
            nextKid: z.string(),
          }),
        },
      },
    },
    400: problem('The body is not valid'),
    409: problem('`expectedKid` is not the current key of this algorithm'),
    ...failures,
  },
});

const NO_STORE = { 'cache-control': 'no-store' };

export function keysRoutes(services: Services): OpenAPIHono<KeysHono> {
  const routes = new OpenAPIHono<KeysHono>();
  return routes
    .openapi(list, async (c) => {
      const keys = await publishedKeys(services.rings);
      return c.json({ keys: keys.map(toKey) }, 200, NO_STORE);
    })
    .openapi(rotate, async (c) => {
      const { subject } = c.var.principal;
      const { correlationId } = idsOf(c);
      const { alg = 'ES256', expectedKid } = c.req.valid('json');
      services.log({
        event: 'key.rotation_asked',
        level: 'security',
        subject,
        alg,
        correlationId,
      });
      const rotated = await services.rings[alg].rotate(expectedKid);
      if (!rotated.ok) throw new Problem('CONFLICT', { detail: `Another ${alg} key is current` });
      // Elsewhere the old key signs until its isolate asks again; here the new one does at once.
      services.signers[alg].forget();
      return c.json(rotated.value, 200, NO_STORE);
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
