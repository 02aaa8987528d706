import { createRoute } from '@hono/zod-openapi';

import type { Config } from '../../config.ts';
import type { IdentityApp } from '../../context.ts';
import { json, type Mounting, operation, problems } from '../../routes/documented.ts';
import type { Provider } from '../providers/provider.ts';
import { ProviderListSchema } from './social-bodies.ts';

/** `POST /providers`: who may sign users in. */
export function addListProviders(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'listProviders'),
    method: 'post',
    path: '/providers',
    summary: 'List the sign-in providers',
    responses: {
      200: json(ProviderListSchema, 'In the order of the configuration.'),
      ...problems(),
    },
  });
  app.openapi(route, (c) => {
    const { config } = c.var.services;
    const listed = [...config.social.providers.values()].map((one) => entryOf(one, config));
    return c.json(listed, 200);
  });
}

function entryOf(provider: Provider, { issuer }: Config) {
  const isTicket = provider.kind === 'steam' && provider.appId !== null;
  return {
    name: provider.id,
    displayName: provider.name,
    authType: isTicket ? ('ticket' as const) : ('oauth' as const),
    authUrl: `${issuer.replace(/\/$/, '')}/api/v1/auth/oauth/${provider.id}/url`,
  };
}
