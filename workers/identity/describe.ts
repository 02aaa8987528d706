import type { OpenAPIHono } from '@hono/zod-openapi';

import type { OpenApiDocument } from '../../shared/contracts/http/worker-rpc.ts';
import { describeWorker } from '../kit/describe.ts';

/** The routes that run, as an OpenAPI document. */
export const describeApp = (app: Pick<OpenAPIHono, 'getOpenAPI31Document'>): OpenApiDocument =>
  describeWorker(app, {
    name: 'identity',
    tags: [
      { name: 'auth', description: 'Accounts, sign-in and refresh' },
      { name: 'auth (short paths)', description: 'The same under the paths that game clients use' },
      { name: 'oauth', description: 'OAuth 2.1 and OpenID Connect' },
      { name: 'oauth administration', description: 'OAuth clients and resource servers' },
      { name: 'accounts', description: 'Other people’s accounts, for administrators' },
      { name: 'sessions', description: 'A user’s own sessions' },
    ],
  });
