import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { AppEnv, ConnectApp } from '../context.ts';
import { requireRegistrar } from '../middleware/require.ts';
import {
  NewServiceBody,
  ServiceBody,
  ServiceListSchema,
  ServiceSchema,
} from '../registration/service-schemas.ts';
import { viewServices } from '../registration/service-view.ts';
import {
  changeService,
  findService,
  importService,
  registerService,
  removeService,
} from '../registration/services.ts';
import { BEARER, BODY_PROBLEMS, json, PUBLISHER_PROBLEMS, problems } from './documented.ts';

const operation = { tags: ['connect'], security: BEARER, middleware: requireRegistrar };
const bodyOf = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});
const one = { params: z.object({ name: z.string().max(63) }) };
const ONE_PROBLEMS = [...PUBLISHER_PROBLEMS, 'AUTHZ_DENIED', 'NOT_FOUND'] as const;

/** A team's own services. */
export function serviceRoutes(): ConnectApp {
  const app = new OpenAPIHono<AppEnv>();
  addRegister(app);
  addList(app);
  addRead(app);
  addChange(app);
  addImport(app);
  addRemove(app);
  return app;
}

function addRegister(app: ConnectApp): void {
  const route = createRoute({
    ...operation,
    method: 'post',
    path: '/services',
    operationId: 'registerService',
    summary: 'Register a service of your own behind the hub',
    description:
      'For administrators, and for clients with the scope `connect:register`, which may change and remove what they registered. Connected clients learn of it at once.',
    request: bodyOf(NewServiceBody),
    responses: {
      201: json(ServiceSchema, 'Registered.'),
      ...problems(...BODY_PROBLEMS, ...PUBLISHER_PROBLEMS, 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { name, ...body } = c.req.valid('json');
    return c.json(await registerService(c.var, name, body), 201);
  });
}

function addList(app: ConnectApp): void {
  const route = createRoute({
    ...operation,
    method: 'get',
    path: '/services',
    operationId: 'listServices',
    summary: 'List registered services',
    description: 'A client sees what it registered, an administrator all.',
    responses: { 200: json(ServiceListSchema, 'By name.'), ...problems(...PUBLISHER_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    const { services, principal } = c.var;
    const all = await orUnavailable('the registry', () => services.registry().services());
    return c.json(viewServices(all, principal), 200);
  });
}

function addRead(app: ConnectApp): void {
  const route = createRoute({
    ...operation,
    method: 'get',
    path: '/services/{name}',
    operationId: 'readService',
    summary: 'Read a registered service',
    request: one,
    responses: { 200: json(ServiceSchema, 'The service.'), ...problems(...ONE_PROBLEMS) },
  });
  app.openapi(route, async (c) => c.json(await findService(c.var, c.req.valid('param').name), 200));
}

function addChange(app: ConnectApp): void {
  const route = createRoute({
    ...operation,
    method: 'put',
    path: '/services/{name}',
    operationId: 'replaceService',
    summary: 'Replace the settings of a registered service',
    request: { ...one, ...bodyOf(ServiceBody) },
    responses: {
      200: json(ServiceSchema, 'As it is now.'),
      ...problems(...BODY_PROBLEMS, ...ONE_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { name } = c.req.valid('param');
    return c.json(await changeService(c.var, name, c.req.valid('json')), 200);
  });
}

function addImport(app: ConnectApp): void {
  const route = createRoute({
    ...operation,
    method: 'post',
    path: '/services/{name}/import',
    operationId: 'importService',
    summary: 'Read the OpenAPI document of a service again',
    request: one,
    responses: {
      200: json(ServiceSchema, 'As it is now.'),
      ...problems(...ONE_PROBLEMS, 'VALIDATION_ERROR', 'PAYLOAD_TOO_LARGE', 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) =>
    c.json(await importService(c.var, c.req.valid('param').name), 200),
  );
}

function addRemove(app: ConnectApp): void {
  const route = createRoute({
    ...operation,
    method: 'delete',
    path: '/services/{name}',
    operationId: 'removeService',
    summary: 'Remove a registered service',
    request: one,
    responses: { 204: { description: 'Removed.' }, ...problems(...ONE_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    await removeService(c.var, c.req.valid('param').name);
    return c.body(null, 204);
  });
}
