import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { parseSafeUrl, type SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
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
import {
  type AssertionIssuer,
  type AssertionIssuerSettings,
  type AssertionIssuerStore,
  type CachedAssertionIssuers,
  isSubjectKind,
} from '../../oauth/assertion-issuers/assertion-issuer-store.ts';
import { keysOfSet, publicJwksFault } from '../../oauth/clients/client-jwks.ts';
import {
  ADMINISTRATION_PROBLEMS,
  type AdministrationNeeds,
  FOR_ADMINISTRATORS,
} from '../require.ts';

const mounting = { prefix: '', tag: 'oauth administration' };

export type AssertionIssuersNeeds = AdministrationNeeds & {
  readonly config: { readonly issuer: string; readonly oauth: SafeUrlRules };
  readonly clock: Clock;
  readonly assertionIssuers: () => AssertionIssuerStore;
  readonly cachedAssertionIssuers: Pick<CachedAssertionIssuers, 'forget'>;
};

type AssertionIssuersApi = OpenAPIHono<RequestEnv<AssertionIssuersNeeds>>;

/**
 * Who may vouch for users, for administrators. An issuer's name is a URI, so it is in bodies and
 * queries and not in the path.
 */
export function assertionIssuerRoutes(): AssertionIssuersApi {
  const app: AssertionIssuersApi = new OpenAPIHono();
  addCreate(app);
  addList(app);
  addReplace(app);
  addDelete(app);
  return app;
}

function addCreate(app: AssertionIssuersApi): void {
  const route = createRoute({
    ...operation(mounting, 'createAssertionIssuer'),
    method: 'post',
    path: '/',
    summary: 'Trust somebody to vouch for users (RFC 7523 §2.1)',
    description:
      'Whoever holds its keys gets tokens in the name of every user whom it can name, through the ' +
      'clients and for the scopes listed here. Users are not asked, but see and can end what it opens.',
    ...FOR_ADMINISTRATORS,
    request: jsonBody(AssertionIssuerBody),
    responses: {
      201: json(AssertionIssuerSchema, 'Trusted.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS, 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user, log } = c.var;
    const { assertionIssuers, cachedAssertionIssuers, clock } = services;
    const settings = toSettings(c.req.valid('json'), services);
    const created = await orUnavailable('the database', async () =>
      assertionIssuers().create(settings, clock()),
    );
    if (!created.ok) throw new Problem('CONFLICT');
    cachedAssertionIssuers.forget(settings.issuer);
    log({
      event: 'assertion_issuer.created',
      level: 'info',
      issuer: settings.issuer,
      by: user.accountId,
    });
    return c.json(toJson(created.value), 201);
  });
}

function addList(app: AssertionIssuersApi): void {
  const route = createRoute({
    ...operation(mounting, 'listAssertionIssuers'),
    method: 'get',
    path: '/',
    summary: 'List who may vouch for users',
    ...FOR_ADMINISTRATORS,
    responses: {
      200: json(AssertionIssuerListSchema, 'All of them.'),
      ...problems(...ADMINISTRATION_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const all = await orUnavailable('the database', async () =>
      c.var.services.assertionIssuers().list(),
    );
    return c.json({ assertionIssuers: all.map(toJson) }, 200);
  });
}

function addReplace(app: AssertionIssuersApi): void {
  const route = createRoute({
    ...operation(mounting, 'replaceAssertionIssuer'),
    method: 'put',
    path: '/',
    summary: 'Replace the settings of an issuer',
    ...FOR_ADMINISTRATORS,
    request: jsonBody(AssertionIssuerBody),
    responses: {
      200: json(AssertionIssuerSchema, 'As it is now.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user, log } = c.var;
    const { assertionIssuers, cachedAssertionIssuers, clock } = services;
    const settings = toSettings(c.req.valid('json'), services);
    const replaced = await orUnavailable('the database', async () =>
      assertionIssuers().replace(settings, clock()),
    );
    cachedAssertionIssuers.forget(settings.issuer);
    if (replaced === undefined) throw new Problem('NOT_FOUND');
    log({
      event: 'assertion_issuer.changed',
      level: 'info',
      issuer: settings.issuer,
      by: user.accountId,
    });
    return c.json(toJson(replaced), 200);
  });
}

function addDelete(app: AssertionIssuersApi): void {
  const route = createRoute({
    ...operation(mounting, 'deleteAssertionIssuer'),
    method: 'delete',
    path: '/',
    summary: 'Trust an issuer no longer: its assertions are good for nothing',
    ...FOR_ADMINISTRATORS,
    request: { query: z.object({ issuer: z.string().min(1).max(2_000) }) },
    responses: {
      204: { description: 'Deleted.' },
      ...problems('VALIDATION_ERROR', ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user, log } = c.var;
    const { assertionIssuers, cachedAssertionIssuers } = services;
    const { issuer } = c.req.valid('query');
    const isDeleted = await orUnavailable('the database', async () =>
      assertionIssuers().delete(issuer),
    );
    cachedAssertionIssuers.forget(issuer);
    if (!isDeleted) throw new Problem('NOT_FOUND');
    log({ event: 'assertion_issuer.deleted', level: 'info', issuer, by: user.accountId });
    return c.body(null, 204);
  });
}

/**
 * @throws {Problem} `VALIDATION_ERROR` for our own issuer, and for a `jwksUri` that we must not ask.
 */
function toSettings(
  { jwks, ...settings }: z.output<typeof AssertionIssuerBody>,
  { config }: Pick<AssertionIssuersNeeds, 'config'>,
): AssertionIssuerSettings {
  const { issuer, jwksUri } = settings;
  if (issuer === config.issuer) throw invalid('issuer', 'Must be somebody else');
  const url = jwksUri === null ? undefined : parseSafeUrl(jwksUri, config.oauth);
  if (url?.ok === false) throw invalid('jwksUri', `It ${url.error}`);
  return { ...settings, jwks: jwks === null ? null : keysOfSet(jwks) };
}

const invalid = (path: string, message: string): Problem =>
  new Problem('VALIDATION_ERROR', { errors: [{ path, message }] });

const toJson = ({ jwks, createdAt, updatedAt, ...settings }: AssertionIssuer) => ({
  ...settings,
  jwks: jwks === null ? null : { keys: [...jwks] },
  clients: [...settings.clients],
  scopes: [...settings.scopes],
  createdAt: new Date(createdAt).toISOString(),
  updatedAt: new Date(updatedAt).toISOString(),
});

/** Most issuers call themselves by a URL, but not all of them do. */
const issuer = z
  .string()
  .regex(/^[\x21-\x7e]{1,2000}$/, { error: 'Must be plain ASCII without spaces' })
  .openapi({ example: 'https://idp.example.com' });

const jwks = z
  .custom<JsonObject>((set) => isJsonObject(set) && publicJwksFault(set) === undefined, {
    error: ({ input }) => `It ${publicJwksFault(input) ?? 'must be a JWK Set'}`,
  })
  .openapi({ type: 'object', description: 'Public keys (RFC 7517 §5).' });

const subjectKind = z
  .string()
  .refine(isSubjectKind, { error: 'Must be account_id, email or identity:<provider>' })
  .openapi({
    example: 'email',
    description:
      'What the `sub` of its assertions is: an account’s id, its verified e-mail, or its identity ' +
      'at a provider that signs users in.',
  });

const clientId = z.string().regex(/^[\x21-\x7e]{1,255}$/, { error: 'Must be the id of a client' });

/** `offline_access` is refused, because an assertion gets no refresh token. */
const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: 'Must be a scope value' })
  .refine((value) => value !== 'offline_access', { error: 'Must be another scope' });

const fields = {
  issuer,
  name: shownField(200),
  jwks: jwks.nullable().default(null),
  jwksUri: z.string().max(2_000).nullable().default(null),
  subjectKind,
  clients: z
    .array(clientId)
    .max(100)
    .openapi({ description: 'The clients that may present its assertions.' }),
  scopes: z.array(scope).max(200).openapi({ description: 'What tokens may carry, at most.' }),
  enabled: z.boolean().default(true),
};

const AssertionIssuerBody = z
  .strictObject(fields)
  .refine(({ jwks, jwksUri }) => (jwks === null) !== (jwksUri === null), {
    path: ['jwks'],
    error: 'Give jwks or jwksUri',
  })
  .openapi('AssertionIssuerSettings');

const AssertionIssuerSchema = z
  .object({ ...fields, createdAt: instant, updatedAt: instant })
  .openapi('AssertionIssuer');

const AssertionIssuerListSchema = z
  .object({ assertionIssuers: z.array(AssertionIssuerSchema) })
  .openapi('AssertionIssuerList');
