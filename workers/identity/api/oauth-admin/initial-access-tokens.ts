import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { type Clock, seconds } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import {
  BODY_PROBLEMS,
  instant,
  json,
  jsonBody,
  operation,
  problems,
} from '../../../kit/documented.ts';
import type { RequestEnv } from '../../../kit/request.ts';
import { shownField } from '../../accounts/fields.ts';
import { newSecret } from '../../oauth/clients/client-secrets.ts';
import type {
  InitialAccessToken,
  InitialAccessTokenStore,
} from '../../oauth/register/initial-access-token-store.ts';
import {
  ADMINISTRATION_PROBLEMS,
  type AdministrationNeeds,
  FOR_ADMINISTRATORS,
} from '../require.ts';

const mounting = { prefix: '', tag: 'oauth administration' };

export type InitialAccessTokensNeeds = AdministrationNeeds & {
  readonly clock: Clock;
  readonly initialAccessTokens: () => InitialAccessTokenStore;
};

type InitialAccessTokensApi = OpenAPIHono<RequestEnv<InitialAccessTokensNeeds>>;

/**
 * Initial access tokens, with which somebody may register clients (RFC 7591 §3), for administrators.
 */
export function initialAccessTokenRoutes(): InitialAccessTokensApi {
  const app: InitialAccessTokensApi = new OpenAPIHono();
  addCreate(app);
  addList(app);
  addDelete(app);
  return app;
}

function addCreate(app: InitialAccessTokensApi): void {
  const route = createRoute({
    ...operation(mounting, 'createInitialAccessToken'),
    method: 'post',
    path: '/',
    summary: 'Let somebody register clients',
    ...FOR_ADMINISTRATORS,
    request: jsonBody(NewTokenBody),
    responses: {
      201: json(CreatedTokenSchema, 'The token.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { initialAccessTokens, clock } = c.var.services;
    const { label, expiresInSeconds, uses } = c.req.valid('json');
    const { secret, hash } = await newSecret();
    const createdAt = clock();
    const expiresAt = expiresInSeconds === null ? null : createdAt + seconds(expiresInSeconds);
    const token = { id: crypto.randomUUID(), label, expiresAt, usesLeft: uses, createdAt };
    await orUnavailable('the database', async () => initialAccessTokens().create(token, hash));
    return c.json({ ...toJson(token), token: secret }, 201);
  });
}

function addList(app: InitialAccessTokensApi): void {
  const route = createRoute({
    ...operation(mounting, 'listInitialAccessTokens'),
    method: 'get',
    path: '/',
    summary: 'List initial access tokens',
    ...FOR_ADMINISTRATORS,
    responses: {
      200: json(TokenListSchema, 'All of them, newest first.'),
      ...problems(...ADMINISTRATION_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const all = await orUnavailable('the database', async () =>
      c.var.services.initialAccessTokens().list(),
    );
    return c.json({ initialAccessTokens: all.map(toJson) }, 200);
  });
}

function addDelete(app: InitialAccessTokensApi): void {
  const route = createRoute({
    ...operation(mounting, 'deleteInitialAccessToken'),
    method: 'delete',
    path: '/{id}',
    summary: 'Delete an initial access token: it registers nobody any more',
    ...FOR_ADMINISTRATORS,
    request: { params: z.object({ id: z.uuid() }) },
    responses: {
      204: { description: 'Deleted. The clients that it registered stay.' },
      ...problems('VALIDATION_ERROR', ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND'),
    },
  });
  app.openapi(route, async (c) => {
    const { id } = c.req.valid('param');
    const isDeleted = await orUnavailable('the database', async () =>
      c.var.services.initialAccessTokens().delete(id),
    );
    if (!isDeleted) throw new Problem('NOT_FOUND');
    return c.body(null, 204);
  });
}

const toJson = ({ id, label, expiresAt, usesLeft, createdAt }: InitialAccessToken) => ({
  id,
  label,
  expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  usesLeft,
  createdAt: new Date(createdAt).toISOString(),
});

const NewTokenBody = z
  .strictObject({
    label: shownField(200).openapi({ example: 'build server' }),
    expiresInSeconds: z.int().min(60).max(31_536_000).nullable().default(null),
    uses: z
      .int()
      .min(1)
      .max(1_000_000)
      .nullable()
      .default(1)
      .openapi({ description: 'How many clients it may register. `null`: any number.' }),
  })
  .openapi('NewInitialAccessToken');

const TokenSchema = z
  .object({
    id: z.uuid(),
    label: z.string(),
    expiresAt: instant.nullable(),
    usesLeft: z.int().nullable(),
    createdAt: instant,
  })
  .openapi('InitialAccessToken');

const CreatedTokenSchema = TokenSchema.extend({
  token: z.string().openapi({ description: 'Shown this once.' }),
}).openapi('CreatedInitialAccessToken');

const TokenListSchema = z
  .object({ initialAccessTokens: z.array(TokenSchema) })
  .openapi('InitialAccessTokenList');
