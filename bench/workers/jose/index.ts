/** A usual implementation: `jwtVerify` for every request, with a key set in the isolate. */

import { createLocalJWKSet, jwtVerify } from 'jose';

type Env = {
  /** A JWK Set (RFC 7517 §5), as JSON. */
  readonly JWKS: string;
  readonly ISSUER: string;
};

let keys: ReturnType<typeof createLocalJWKSet> | undefined;

// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  async fetch(request, env): Promise<Response> {
    const token = request.headers.get('authorization')?.slice('Bearer '.length) ?? '';
    keys ??= createLocalJWKSet(JSON.parse(env.JWKS));
    const { payload } = await jwtVerify(token, keys, {
      issuer: env.ISSUER,
      audience: env.ISSUER,
      typ: 'at+jwt',
      algorithms: ['ES256'],
    });
    return Response.json({ active: true, ...payload });
  },
} satisfies ExportedHandler<Env>;
