import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { utf8 } from '../../../shared/bytes.ts';
import { type Millis, seconds } from '../../../shared/clock.ts';
import type {
  BindOutcome,
  ShortcutBinding,
  ShortcutRevocation,
} from '../../../shared/contracts/connect/hub-rpc.ts';
import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import { PUBLISH_SCOPE } from '../../../shared/contracts/identity/oauth-terms.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { isShownLine, SHOWN_LINE } from '../../../shared/shown-text.ts';
import {
  BEARER,
  BODY_PROBLEMS,
  json,
  jsonBody,
  problems,
  SCOPE_PROBLEMS,
} from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import { type AdministratorNeeds, requireScope } from '../../kit/require.ts';
import type { HubNetwork } from '../hubs/hub-network.ts';
import { IdSchema, recipientsOf } from '../hubs/recipients.ts';
import { quotaExceeded } from '../quota-exceeded.ts';
import type { PublishNeeds } from './publish.ts';

export type ShortcutNeeds = AdministratorNeeds & PublishNeeds;

type ShortcutRouter = OpenAPIHono<RequestEnv<ShortcutNeeds>>;

/** The routes for shortcuts, which are calls that a service prepares for one session. */
export function shortcutRoutes(): ShortcutRouter {
  const app = new OpenAPIHono<RequestEnv<ShortcutNeeds>>();
  addBind(app);
  addRevoke(app);
  return app;
}

const name = z.string().min(1).max(128);

const BindingSchema = z
  .strictObject({
    sessionId: IdSchema,
    userId: IdSchema.optional().openapi({ description: 'Whose session it is; finds it faster.' }),
    name,
    service: z.string().min(1).max(64),
    endpoint: z
      .string()
      .max(512)
      .regex(/^(GET|POST|PUT|PATCH|DELETE):\//)
      .openapi({ example: 'POST:/matches/join' }),
    payload: z.unknown().optional().openapi({ description: 'JSON.' }),
    payloadBase64: z
      .string()
      .max(65_536)
      .pipe(z.base64())
      .optional()
      .openapi({ type: 'string', description: 'Bytes, in base64, instead of `payload`.' }),
    expiresInSeconds: z.int().min(1).max(604_800).optional(),
    description: z.string().max(500).optional(),
    displayName: z
      .string()
      .max(64)
      .refine(isShownLine, { error: `Must be ${SHOWN_LINE}` })
      .optional(),
    tags: z.array(z.string().min(1).max(64)).max(16).default([]),
  })
  .refine(({ payload, payloadBase64 }) => payload === undefined || payloadBase64 === undefined, {
    path: ['payloadBase64'],
    error: 'Must not come with a payload',
  })
  .openapi('ShortcutBinding');
type BindingBody = z.output<typeof BindingSchema>;

const BoundSchema = z
  .object({ shortcutId: z.uuid().openapi({ description: 'The GUID that the client calls.' }) })
  .openapi('Shortcut');

function addBind(app: ShortcutRouter): void {
  const route = createRoute({
    method: 'put',
    path: '/shortcuts',
    operationId: 'bindShortcut',
    tags: ['connect'],
    summary: 'Bind an endpoint and a payload to a name, for one session',
    description:
      'The session can then run it by the shortcut’s GUID, with the permissions that it has then. A service binds its own endpoints, and those of services that were registered to let it; an administrator all. Binding a name again replaces what it stood for.',
    security: BEARER,
    middleware: requireScope(PUBLISH_SCOPE),
    request: jsonBody(BindingSchema),
    responses: {
      200: json(BoundSchema, 'Bound, and the client is told.'),
      ...problems(
        ...SCOPE_PROBLEMS,
        ...BODY_PROBLEMS,
        'AUTHZ_DENIED',
        'SESSION_NOT_FOUND',
        'NOT_FOUND',
        'QUOTA_EXCEEDED',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { services, principal } = c.var;
    const binding = toBinding(c.req.valid('json'), principal, services.clock());
    const outcome = await orUnavailable('a hub', () => bindShortcut(services.network, binding));
    if (outcome.as === 'bound') return c.json({ shortcutId: outcome.shortcutId }, 200);
    throw REFUSALS[outcome.as]();
  });
}

const REFUSALS: Readonly<Record<Exclude<BindOutcome['as'], 'bound'>, () => Problem>> = {
  no_session: () => new Problem('SESSION_NOT_FOUND', { detail: 'The session is not connected' }),
  no_target: () => new Problem('NOT_FOUND', { detail: 'There is no such endpoint' }),
  not_lent: () => new Problem('AUTHZ_DENIED', { detail: NOT_LENT }),
  too_many: () => quotaExceeded('shortcuts_per_session'),
  too_many_of_source: () => quotaExceeded('shortcuts_per_client_and_session'),
};

const NOT_LENT = 'The service of the endpoint does not let you bind shortcuts to it';

function toBinding(body: BindingBody, { clientId }: Principal, now: Millis): Binding {
  const { payload, payloadBase64, expiresInSeconds, ...rest } = body;
  return {
    ...rest,
    source: clientId,
    ...payloadOf(payload, payloadBase64),
    description: rest.description ?? null,
    displayName: rest.displayName ?? null,
    expiresAt: expiresInSeconds === undefined ? null : now + seconds(expiresInSeconds),
  };
}

function payloadOf(
  value: unknown,
  base64: string | undefined,
): Pick<ShortcutBinding, 'payload' | 'binary'> {
  if (base64 !== undefined) return { payload: Uint8Array.fromBase64(base64), binary: true };
  const payload = value === undefined ? new Uint8Array() : utf8(JSON.stringify(value));
  return { payload, binary: false };
}

const RevocationQuery = z.object({
  sessionId: IdSchema,
  userId: IdSchema.optional(),
  name: name.optional().openapi({ description: 'Absent: all that this client bound.' }),
});

const RevokedSchema = z.object({ revoked: z.int() }).openapi('RevokedShortcuts');

function addRevoke(app: ShortcutRouter): void {
  const route = createRoute({
    method: 'delete',
    path: '/shortcuts',
    operationId: 'revokeShortcuts',
    tags: ['connect'],
    summary: 'Take shortcuts of a session back',
    security: BEARER,
    middleware: requireScope(PUBLISH_SCOPE),
    request: { query: RevocationQuery },
    responses: {
      200: json(RevokedSchema, 'How many there were. Calling them is answered with 72.'),
      ...problems(...SCOPE_PROBLEMS, 'VALIDATION_ERROR'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, principal } = c.var;
    const revocation = { ...c.req.valid('query'), source: principal.clientId };
    const revoked = await orUnavailable('a hub', () =>
      revokeShortcuts(services.network, revocation),
    );
    return c.json({ revoked }, 200);
  });
}

/** The user of the session, if the caller knows. */
type Whose = { readonly userId?: string | undefined };

type Binding = ShortcutBinding & Whose;

/**
 * Binds a shortcut at the hub that holds the session.
 *
 * @throws If a directory, the registry or a hub cannot be reached.
 */
async function bindShortcut(
  network: HubNetwork,
  { userId, ...binding }: Binding,
): Promise<BindOutcome> {
  const hubs = await hubsOf(network, { sessionId: binding.sessionId, userId });
  const outcomes = await network.ask(hubs, (hub) => hub.bindShortcut(binding));
  return outcomes.find(({ as }) => as !== 'no_session') ?? { as: 'no_session' };
}

/** Returns how many were revoked. */
async function revokeShortcuts(
  network: HubNetwork,
  { userId, ...revocation }: ShortcutRevocation & Whose,
): Promise<number> {
  const hubs = await hubsOf(network, { sessionId: revocation.sessionId, userId });
  const revoked = await network.ask(hubs, (hub) => hub.revokeShortcuts(revocation));
  return revoked.reduce((sum, count) => sum + count, 0);
}

async function hubsOf(
  network: HubNetwork,
  session: { readonly sessionId: string } & Whose,
): Promise<readonly string[]> {
  return (await recipientsOf(network, [session]))(session);
}
