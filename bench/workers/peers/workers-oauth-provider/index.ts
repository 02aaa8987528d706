/** A peer: `@cloudflare/workers-oauth-provider`, which grants every request without a question. */

import { type OAuthHelpers, OAuthProvider } from '@cloudflare/workers-oauth-provider';

type Env = { readonly OAUTH_PROVIDER: OAuthHelpers };

/** Grants the authorization request for the user in the path: `/authorize/<user>?…`. */
const pages = {
  async fetch(request, env): Promise<Response> {
    const authorization = await env.OAUTH_PROVIDER.parseAuthRequest(request);
    const userId = new URL(request.url).pathname.split('/')[2] ?? '';
    const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
      request: authorization,
      userId,
      scope: authorization.scope,
      metadata: {},
      revokeExistingGrants: false,
      props: { userId, email: `${userId}@example.test` },
    });
    return Response.redirect(redirectTo, 302);
  },
} satisfies ExportedHandler<Env>;

// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default new OAuthProvider<Env>({
  apiRoute: '/api/',
  apiHandler: { fetch: () => new Response(null, { status: 204 }) },
  defaultHandler: pages,
  authorizeEndpoint: '/authorize',
  tokenEndpoint: '/token',
  clientRegistrationEndpoint: '/register',
  scopesSupported: ['profile'],
  resourceMetadata: { resource: 'https://api.example.com/' },
});
