import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import type { KeysHono } from '../context.ts';
import { problem } from '../openapi.ts';
import { publishedKeys, toJwkSet } from '../ring.ts';
import type { Services } from '../services.ts';

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

const route = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  operationId: 'getJwks',
  tags: ['keys'],
  summary: 'The public keys that verify tokens (RFC 7517)',
  description:
    'Previous, current and next keys of every signing algorithm. A key is listed before it signs for the first time.',
  responses: {
    200: {
      description: 'The keys',
      content: {
        'application/json': { schema: z.object({ keys: z.array(Jwk) }).openapi('JwkSet') },
      },
    },
    304: { description: 'The keys are those that `If-None-Match` names' },
    503: problem('The keys are out of reach'),
  },
});

const HEADERS = {
  'cache-control': 'public, max-age=300, stale-while-revalidate=600',
  'access-control-allow-origin': '*',
};

export function jwksRoutes({ rings }: Services): OpenAPIHono<KeysHono> {
  return new OpenAPIHono<KeysHono>().openapi(route, async (c) => {
    const { keys } = toJwkSet(await publishedKeys(rings));
    const body = { keys: [...keys] };
    const etag = await entityTag(JSON.stringify(body));
    const headers = { ...HEADERS, etag };
    return matches(c.req.header('if-none-match'), etag)
      ? c.body(null, 304, headers)
      : c.json(body, 200, headers);
  });
}

const entityTag = async (body: string): Promise<string> =>
  `"${toBase64Url(await sha256(utf8(body)))}"`;

/** RFC 9110 §13.1.2: a list of tags, compared weakly, or `*`. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
