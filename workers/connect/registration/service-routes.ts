import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { Registrar } from '../../../shared/contracts/connect/registry-rpc.ts';
import { REGISTER_SCOPE } from '../../../shared/contracts/identity/oauth-terms.ts';
import {
  BEARER,
  BODY_PROBLEMS,
  json,
  jsonBody,
  problems,
  SCOPE_PROBLEMS,
} from '../../kit/documented.ts';
import type { RequestContext, RequestEnv } from '../../kit/request.ts';
import { type AdministratorNeeds, requireScope } from '../../kit/require.ts';
import {
  changeService,
  findService,
  importService,
  listServices,
  type RegistrationNeeds,
  registerService,
  removeService,
} from './registered-services.ts';
import {
  NewServiceBody,
  ServiceBody,
  ServiceListSchema,
  ServiceSchema,
} from './service-schemas.ts';

const operation = { tags: ['connect'], security: BEARER, middleware: requireScope(REGISTER_SCOPE) };
const one = { params: z.object({ name: z.string().max(63) }) };
const ONE_PROBLEMS = [...SCOPE_PROBLEMS, 'AUTHZ_DENIED', 'NOT_FOUND'] as const;

export type ServiceNeeds = AdministratorNeeds & RegistrationNeeds;

type ServiceRouter = OpenAPIHono<RequestEnv<ServiceNeeds>>;

/** The routes by which teams register their services. */
export function serviceRoutes(): ServiceRouter {
  const app = new OpenAPIHono<RequestEnv<ServiceNeeds>>();
  addRegister(app);
  addList(app);
  addRead(app);
  addChange(app);
  addImport(app);
  addRemove(app);
  return app;
}

function addRegister(app: ServiceRouter): void {
  const route = createRoute({
    ...operation,
    method: 'post',
    path: '/services',
    operationId: 'registerService',
    summary: 'Register a service of your own behind the hub',
    description:
      'For administrators, and for clients with the scope `connect:register`, which may change and remove what they registered. Connected clients learn of it at once.',
    request: jsonBody(NewServiceBody),
    responses: {
      201: json(ServiceSchema, 'Registered.'),
      ...problems(...BODY_PROBLEMS, ...SCOPE_PROBLEMS, 'CONFLICT', 'QUOTA_EXCEEDED'),
    },
  });
  app.openapi(route, async (c) => {
    const { name, ...body } = c.req.valid('json');
    return c.json(await registerService(registrarOf(c), name, body, c.var.services), 201);
  });
}

function addList(app: ServiceRouter): void {
  const route = createRoute({
    ...operation,
    method: 'get',
    path: '/services',
    operationId: 'listServices',
    summary: 'List registered services',
    description: 'A client sees what it registered, an administrator all.',
    responses: { 200: json(ServiceListSchema, 'By name.'), ...problems(...SCOPE_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    return c.json(await listServices(registrarOf(c), c.var.services), 200);
  });
}

function addRead(app: ServiceRouter): void {
  const route = createRoute({
    ...operation,
    method: 'get',
    path: '/services/{name}',
    operationId: 'readService',
    summary: 'Read a registered service',
    request: one,
    responses: { 200: json(ServiceSchema, 'The service.'), ...problems(...ONE_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    const { name } = c.req.valid('param');
    return c.json(await findService(registrarOf(c), name, c.var.services), 200);
  });
}

function addChange(app: ServiceRouter): void {
  const route = createRoute({
    ...operation,
    method: 'put',
    path: '/services/{name}',
    operationId: 'replaceService',
    summary: 'Replace the settings of a registered service',
    request: { ...one, ...jsonBody(ServiceBody) },
    responses: {
      200: json(ServiceSchema, 'As it is now.'),
      ...problems(...BODY_PROBLEMS, ...ONE_PROBLEMS, 'CONFLICT', 'QUOTA_EXCEEDED'),
    },
  });
  app.openapi(route, async (c) => {
    const { name } = c.req.valid('param');
    return c.json(
      await changeService(registrarOf(c), name, c.req.valid('json'), c.var.services),
      200,
    );
  });
}

function addImport(app: ServiceRouter): void {
  const route = createRoute({
    ...operation,
    method: 'post',
    path: '/services/{name}/import',
    operationId: 'importService',
    summary: 'Read the OpenAPI document of a service again',
    request: one,
    responses: {
      200: json(ServiceSchema, 'As it is now.'),
      ...problems(
        ...ONE_PROBLEMS,
        'VALIDATION_ERROR',
        'PAYLOAD_TOO_LARGE',
        'CONFLICT',
        'QUOTA_EXCEEDED',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { name } = c.req.valid('param');
    return c.json(await importService(registrarOf(c), name, c.var.services), 200);
  });
}

function addRemove(app: ServiceRouter): void {
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
    await removeService(registrarOf(c), c.req.valid('param').name, c.var.services);
    return c.body(null, 204);
  });
}

/** The registrar of a request: an administrator, or the client itself. */
const registrarOf = ({
  var: { isAdministrator, principal },
}: RequestContext<unknown>): Registrar => (isAdministrator ? null : principal.clientId);
