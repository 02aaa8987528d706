import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { seconds } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId } from '../../../../shared/ids.ts';
import {
  BODY_PROBLEMS,
  instant,
  json,
  jsonBody,
  operation,
  optionalJsonBody,
  problems,
} from '../../../kit/documented.ts';
import type { RequestEnv } from '../../../kit/request.ts';
import {
  type AdministerClientNeeds,
  type Administered,
  changeAdministered,
  createAdministered,
  deleteAdministered,
  findAdministered,
  rotateSecret,
} from '../../oauth/clients/administer-client.ts';
import { CLIENT_PROFILES, type StoredClient } from '../../oauth/clients/client.ts';
import { MEMBER_NAMES } from '../../oauth/clients/metadata-members.ts';
import {
  ADMINISTRATION_PROBLEMS,
  type AdministrationNeeds,
  emptyBodyIsNone,
  FOR_ADMINISTRATORS,
} from '../require.ts';

const GRACE_SECONDS = 86_400;
const mounting = { prefix: '', tag: 'oauth administration' };
const request = { params: z.object({ clientId: z.string() }) };

export type ClientsNeeds = AdministrationNeeds & AdministerClientNeeds;

type ClientsApi = OpenAPIHono<RequestEnv<ClientsNeeds>>;

/** OAuth clients, for administrators. */
export function clientRoutes(): ClientsApi {
  const app: ClientsApi = new OpenAPIHono();
  addCreate(app);
  addList(app);
  addRead(app);
  addChange(app);
  addRotateSecret(app);
  addDelete(app);
  return app;
}

function addCreate(app: ClientsApi): void {
  const route = createRoute({
    ...operation(mounting, 'createClient'),
    method: 'post',
    path: '/',
    summary: 'Create a client',
    ...FOR_ADMINISTRATORS,
    request: jsonBody(NewClientBody),
    responses: {
      201: json(ClientWithSecretSchema, 'Created.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS, 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user, log } = c.var;
    const made = await createAdministered(c.req.valid('json'), services);
    log({
      event: 'client.created',
      level: 'info',
      clientId: made.client.clientId,
      by: user.accountId,
    });
    return c.json(withSecret(made), 201);
  });
}

function addList(app: ClientsApi): void {
  const route = createRoute({
    ...operation(mounting, 'listClients'),
    method: 'get',
    path: '/',
    summary: 'List clients, in the order of their ids',
    ...FOR_ADMINISTRATORS,
    request: {
      query: z.object({
        limit: z.coerce.number().int().min(1).max(100).default(50),
        after: z.string().max(255).optional(),
      }),
    },
    responses: {
      200: json(ClientListSchema, 'A page.'),
      ...problems('VALIDATION_ERROR', ...ADMINISTRATION_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { limit, after = '' } = c.req.valid('query');
    const { clients, next } = await orUnavailable('the database', async () =>
      c.var.services.clientStore().list(ClientId.parse(after) ?? null, limit),
    );
    return c.json({ clients: clients.map(toJson), next }, 200);
  });
}

function addRead(app: ClientsApi): void {
  const route = createRoute({
    ...operation(mounting, 'readClient'),
    method: 'get',
    path: '/{clientId}',
    summary: 'Read a client',
    ...FOR_ADMINISTRATORS,
    request,
    responses: {
      200: json(ClientSchema, 'The client.'),
      ...problems(...ADMINISTRATION_PROBLEMS, 'NOT_FOUND'),
    },
  });
  app.openapi(route, async (c) => {
    const { clientId } = c.req.valid('param');
    return c.json(toJson(await findAdministered(clientId, c.var.services)), 200);
  });
}

function addChange(app: ClientsApi): void {
  const route = createRoute({
    ...operation(mounting, 'changeClient'),
    method: 'patch',
    path: '/{clientId}',
    summary: 'Change, disable or enable a client',
    ...FOR_ADMINISTRATORS,
    request: { ...request, ...jsonBody(ClientChangeBody) },
    responses: {
      200: json(ClientWithSecretSchema, 'The client as it is now.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND', 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user, log } = c.var;
    const { clientId } = c.req.valid('param');
    const changed = await changeAdministered(clientId, c.req.valid('json'), services);
    log({
      event: 'client.changed',
      level: 'info',
      clientId: changed.client.clientId,
      by: user.accountId,
    });
    return c.json(withSecret(changed), 200);
  });
}

function addRotateSecret(app: ClientsApi): void {
  const route = createRoute({
    ...operation(mounting, 'rotateClientSecret'),
    method: 'post',
    path: '/{clientId}/secret',
    summary: 'Give a client a new secret; the one before stays valid a while',
    ...FOR_ADMINISTRATORS,
    middleware: [...FOR_ADMINISTRATORS.middleware, emptyBodyIsNone] as const,
    request: { ...request, ...optionalJsonBody(RotateSecretBody) },
    responses: {
      200: json(RotatedSecretSchema, 'The new secret.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND', 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user, log } = c.var;
    const { clientId } = c.req.valid('param');
    const { graceSeconds = GRACE_SECONDS } = c.req.valid('json');
    const { client, issued } = await rotateSecret(clientId, seconds(graceSeconds), services);
    log({
      event: 'client.secret_rotated',
      level: 'info',
      clientId: client.clientId,
      by: user.accountId,
    });
    const previousExpiresAt = instantOf(client.secrets[1]?.expiresAt ?? null);
    return c.json({ clientSecret: issued ?? '', previousExpiresAt }, 200);
  });
}

function addDelete(app: ClientsApi): void {
  const route = createRoute({
    ...operation(mounting, 'deleteClient'),
    method: 'delete',
    path: '/{clientId}',
    summary: 'Delete a client, and the consents given to it',
    description:
      'Its refresh tokens work no more and introspection calls its tokens inactive. An access token ' +
      'that a resource server judges by its signature alone is accepted until it expires.',
    ...FOR_ADMINISTRATORS,
    request,
    responses: {
      204: { description: 'Deleted.' },
      ...problems(...ADMINISTRATION_PROBLEMS, 'NOT_FOUND'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user, log } = c.var;
    const { clientId } = c.req.valid('param');
    await deleteAdministered(clientId, services);
    log({ event: 'client.deleted', level: 'info', clientId, by: user.accountId });
    return c.body(null, 204);
  });
}

const instantOf = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString();

const toJson = (client: StoredClient) => ({
  clientId: client.clientId,
  source: client.source,
  metadata: { ...client.metadata },
  profile: client.profile,
  skipConsent: client.skipConsent,
  resources: client.resources === null ? null : [...client.resources],
  pkceOptional: client.pkceOptional,
  cibaAllowed: client.cibaAllowed,
  status: client.status,
  secrets: client.secrets.map(({ expiresAt }) => ({ expiresAt: instantOf(expiresAt) })),
  createdAt: new Date(client.createdAt).toISOString(),
  updatedAt: new Date(client.updatedAt).toISOString(),
});

const withSecret = ({ client, issued }: Administered) => ({
  ...toJson(client),
  ...(issued === null ? {} : { clientSecret: issued }),
});

const METADATA = {
  description: 'The members of RFC 7591 §2 and its extensions, in their own names.',
  example: { client_name: 'Game', redirect_uris: ['https://game.example/callback'] },
};

const metadata = z.record(z.string(), z.unknown()).openapi('StoredMetadata', METADATA);

/** What each member must be, is judged with the profile. */
const givenMetadata = z
  .strictObject(Object.fromEntries(MEMBER_NAMES.map((name) => [name, z.unknown().optional()])))
  .openapi('AdministeredMetadata', METADATA);

const profile = z.enum(CLIENT_PROFILES).openapi({
  description: 'Turns on together what a FAPI 2.0 profile demands. `none` where absent.',
});
const skipConsent = z.boolean().openapi({
  description: 'A first-party client: nobody is asked for consent.',
});
const resources = z
  .array(z.string().min(1).max(2_000))
  .max(100)
  .nullable()
  .openapi({ description: 'Resource indicators (RFC 8707). `null`: as the deployment allows.' });
const pkceOptional = z.boolean().openapi({
  description:
    'A confidential client that may leave PKCE out, with or without a nonce. `false` where absent.',
});
const cibaAllowed = z.boolean().openapi({
  description:
    'Lets a client that registered itself use the CIBA grant. One that an administrator registered ' +
    'with the grant needs no permission. `false` where absent.',
});

const ClientSchema = z
  .object({
    clientId: z.string(),
    source: z.enum(['registered', 'administered']),
    metadata,
    profile,
    skipConsent,
    resources,
    pkceOptional,
    cibaAllowed,
    status: z.enum(['active', 'disabled']),
    secrets: z.array(z.object({ expiresAt: instant.nullable() })),
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Client');

const clientSecret = z.string().openapi({ description: 'Shown this once.' });

const ClientWithSecretSchema = ClientSchema.extend({
  clientSecret: clientSecret.optional(),
}).openapi('ClientWithSecret');

const ClientListSchema = z
  .object({
    clients: z.array(ClientSchema),
    next: z.string().nullable().openapi({ description: 'The `after` of the next page.' }),
  })
  .openapi('ClientList');

/**
 * What users are called in tokens: in its own, a client's id stands in the same place, so nobody picks
 * one that could be a user's (RFC 9700 §4.15.1).
 */
const SUBJECT = /^(?:pws_|[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$)/i;

const NewClientBody = z
  .strictObject({
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9._~-]{1,128}$/, {
        error: 'Must have 1 to 128 characters: letters, digits and ._~-',
      })
      .refine((id) => !SUBJECT.test(id), { error: 'Must not look like a user’s subject' })
      .optional()
      .openapi({ description: 'Random where absent.' }),
    metadata: givenMetadata,
    profile: profile.optional(),
    skipConsent: skipConsent.optional(),
    resources: resources.optional(),
    pkceOptional: pkceOptional.optional(),
    cibaAllowed: cibaAllowed.optional(),
  })
  .openapi('NewClient');

const ClientChangeBody = z
  .strictObject({
    metadata: givenMetadata.optional(),
    profile: profile.optional(),
    skipConsent: skipConsent.optional(),
    resources: resources.optional(),
    pkceOptional: pkceOptional.optional(),
    cibaAllowed: cibaAllowed.optional(),
    status: z.enum(['active', 'disabled']).optional(),
  })
  .openapi('ClientChange', {
    description: 'A member that is absent stays as it is. `metadata` is replaced as a whole.',
  });

const RotateSecretBody = z
  .strictObject({
    graceSeconds: z
      .int()
      .min(0)
      .max(2_592_000)
      .optional()
      .openapi({ description: 'How long the secret before stays valid. A day where absent.' }),
  })
  .openapi('RotateSecretRequest');

const RotatedSecretSchema = z
  .object({ clientSecret, previousExpiresAt: instant.nullable() })
  .openapi('RotatedSecret');
