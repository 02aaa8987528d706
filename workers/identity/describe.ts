import type { OpenApiDocument } from '../../shared/contracts/http/worker-rpc.ts';
import type { IdentityApp } from './context.ts';

/** The routes that run, as an OpenAPI document. */
export function describeApp(app: IdentityApp): OpenApiDocument {
  const { openapi, info, paths, components, tags } = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Sallyport identity', version: '1' },
    tags: [
      { name: 'auth', description: 'Accounts, sign-in and refresh' },
      { name: 'auth (short paths)', description: 'The same under the paths that game clients use' },
      { name: 'oauth', description: 'OAuth 2.1 and OpenID Connect' },
      { name: 'oauth administration', description: 'OAuth clients and resource servers' },
      { name: 'accounts', description: 'Other people’s accounts, for administrators' },
      { name: 'sessions', description: 'A user’s own sessions' },
    ],
  });
  return JSON.parse(JSON.stringify({ openapi, info, paths, components, tags }));
}
