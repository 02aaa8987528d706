import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { Clock } from '../../../../shared/clock.ts';
import { SIGNING_ALGORITHMS } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { resourceKey } from '../../../../shared/http/resource-key.ts';
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
  confirmNoService,
  type ServiceAudienceNeeds,
} from '../../oauth/clients/service-audiences.ts';
import {
  type CachedResources,
  findSpelled,
  type Resource,
  type ResourceSettings,
  type ResourceStore,
} from '../../oauth/resources/resource-store.ts';
import {
  ADMINISTRATION_PROBLEMS,
  type AdministrationNeeds,
  FOR_ADMINISTRATORS,
} from '../require.ts';

const mounting = { prefix: '', tag: 'oauth administration' };

export type ResourcesNeeds = AdministrationNeeds &
  ServiceAudienceNeeds & {
    readonly clock: Clock;
    readonly resources: () => ResourceStore;
    readonly cachedResources: Pick<CachedResources, 'forget'>;
  };

type ResourcesApi = OpenAPIHono<RequestEnv<ResourcesNeeds>>;

/**
 * Resource servers, for administrators. An indicator is a URI, so it is in bodies and queries and
 * not in the path.
 */
export function resourceRoutes(): ResourcesApi {
  const app: ResourcesApi = new OpenAPIHono();
  addCreate(app);
  addList(app);
  addReplace(app);
  addDelete(app);
  return app;
}

function addCreate(app: ResourcesApi): void {
  const route = createRoute({
    ...operation(mounting, 'createResource'),
    method: 'post',
    path: '/',
    summary: 'Register a resource server (RFC 8707)',
    ...FOR_ADMINISTRATORS,
    request: jsonBody(ResourceBody),
    responses: {
      201: json(ResourceSchema, 'Registered.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS, 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { resources, cachedResources, clock } = c.var.services;
    const settings: ResourceSettings = c.req.valid('json');
    const created = await orUnavailable('the database', async () => {
      const other = await findSpelled(settings.resource, resources());
      return other === undefined ? resources().create(settings, clock()) : undefined;
    });
    if (!created?.ok) throw new Problem('CONFLICT');
    cachedResources.forget(settings.resource);
    const takeBack = async () => resources().delete(settings.resource);
    await confirmNoService(settings.resource, takeBack, c.var.services);
    return c.json(toJson(created.value), 201);
  });
}

function addList(app: ResourcesApi): void {
  const route = createRoute({
    ...operation(mounting, 'listResources'),
    method: 'get',
    path: '/',
    summary: 'List resource servers',
    ...FOR_ADMINISTRATORS,
    responses: {
      200: json(ResourceListSchema, 'All of them.'),
      ...problems(...ADMINISTRATION_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const all = await orUnavailable('the database', async () => c.var.services.resources().list());
    return c.json({ resources: all.map(toJson) }, 200);
  });
}

function addReplace(app: ResourcesApi): void {
  const route = createRoute({
    ...operation(mounting, 'replaceResource'),
    method: 'put',
    path: '/',
    summary: 'Replace the settings of a resource server',
    ...FOR_ADMINISTRATORS,
    request: jsonBody(ResourceBody),
    responses: {
      200: json(ResourceSchema, 'As it is now.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND'),
    },
  });
  app.openapi(route, async (c) => {
    const { resources, cachedResources, clock } = c.var.services;
    const settings: ResourceSettings = c.req.valid('json');
    const replaced = await orUnavailable('the database', async () => {
      const { resource = settings.resource } =
        (await findSpelled(settings.resource, resources())) ?? {};
      return resources().replace({ ...settings, resource }, clock());
    });
    cachedResources.forget(settings.resource);
    if (replaced === undefined) throw new Problem('NOT_FOUND');
    return c.json(toJson(replaced), 200);
  });
}

function addDelete(app: ResourcesApi): void {
  const route = createRoute({
    ...operation(mounting, 'deleteResource'),
    method: 'delete',
    path: '/',
    summary: 'Delete a resource server: no more tokens are issued for it',
    ...FOR_ADMINISTRATORS,
    request: { query: z.object({ resource: z.string().min(1).max(2_000) }) },
    responses: {
      204: { description: 'Deleted.' },
      ...problems('VALIDATION_ERROR', ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND'),
    },
  });
  app.openapi(route, async (c) => {
    const { resources, cachedResources } = c.var.services;
    const { resource } = c.req.valid('query');
    const isDeleted = await orUnavailable('the database', async () => {
      const found = await findSpelled(resource, resources());
      return found !== undefined && resources().delete(found.resource);
    });
    cachedResources.forget(resource);
    if (!isDeleted) throw new Problem('NOT_FOUND');
    return c.body(null, 204);
  });
}

const toJson = ({ createdAt, updatedAt, ...settings }: Resource) => ({
  ...settings,
  scopes: [...settings.scopes],
  createdAt: new Date(createdAt).toISOString(),
  updatedAt: new Date(updatedAt).toISOString(),
});

/** RFC 8707 §2: an absolute URI without a fragment. */
const indicator = z
  .string()
  .max(2_000)
  .regex(/^[\x21-\x7e]+$/, { error: 'Must be plain ASCII without spaces' })
  .refine((text) => URL.canParse(text) && !text.includes('#'), {
    error: 'Must be an absolute URI without a fragment (RFC 8707 §2)',
  })
  .refine((text) => [text, text.replace(/\/$/, '')].includes(resourceKey(text)), {
    error: 'Must be spelled as RFC 3986 §6.2 normalizes it: small letters, no default port',
  })
  .openapi({ example: 'https://api.example.com/' });

const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: 'Must be a scope value' });

const fields = {
  resource: indicator,
  name: shownField(200),
  scopes: z.array(scope).max(200).default([]),
  accessTokenSigningAlg: z
    .enum(SIGNING_ALGORITHMS)
    .nullable()
    .default(null)
    .openapi({ description: '`null`: as the client’s.' }),
  accessTokenSeconds: z
    .int()
    .min(60)
    .max(3_600)
    .nullable()
    .default(null)
    .openapi({ description: '`null`: as the deployment’s.' }),
};

const ResourceBody = z.strictObject(fields).openapi('ResourceSettings');

const ResourceSchema = z
  .object({ ...fields, createdAt: instant, updatedAt: instant })
  .openapi('Resource');

const ResourceListSchema = z.object({ resources: z.array(ResourceSchema) }).openapi('ResourceList');
