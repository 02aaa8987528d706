/**
 * Reads what a service offers from the OpenAPI document that it publishes.
 *
 * @module
 */

import * as z from 'zod';

import type { OpenApiDocument } from '../../../shared/contracts/identity-rpc.ts';
import type { Endpoint } from './endpoint.ts';
import { EVERYBODY, PERMISSION_MEMBER, PermissionMember } from './permission.ts';
import { selfContained } from './self-contained.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Only what the hub reads; the rest of an operation is its own. */
const Content = z.looseObject({ content: z.record(z.string(), z.unknown()).optional() });
const Operation = z.looseObject({
  summary: z.string().optional(),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.unknown())).optional(),
  requestBody: Content.extend({ required: z.boolean().optional() }).optional(),
  responses: z.record(z.string(), Content).optional(),
  [PERMISSION_MEMBER]: PermissionMember.optional(),
});
type Operation = z.infer<typeof Operation>;

const PathItem = z.record(z.string(), z.unknown());

/** One address for each endpoint: the short aliases are for people. */
const PREFIX = '/api/v1/';
/** What one does to get a token, or with a token that is not the socket's. */
const NOT_OVER_A_SOCKET = /^\/api\/v1\/auth\/(register|login|token)(\/|$)/;

/**
 * Lists what a client may call over its socket: operations that ask for a bearer token, at paths
 * without parameters.
 *
 * @throws {z.ZodError} If an operation is not what OpenAPI 3.1 says.
 */
export function readCatalogue(service: string, document: OpenApiDocument): readonly Endpoint[] {
  const bearer = bearerSchemes(document);
  return Object.entries(document.paths)
    .filter(([path]) => isCallable(path))
    .flatMap(([path, item]) => operationsOf(item).map((found) => ({ ...found, path })))
    .filter(({ operation }) => asksFor(operation, bearer))
    .map(({ path, method, operation }) =>
      toEndpoint({ service, path, method, operation, document }),
    );
}

const isCallable = (path: string): boolean =>
  path.startsWith(PREFIX) && !path.includes('{') && !NOT_OVER_A_SOCKET.test(path);

function operationsOf(item: unknown): { method: string; operation: Operation }[] {
  const members = PathItem.parse(item);
  return METHODS.filter((method) => members[method] !== undefined).map((method) => ({
    method: method.toUpperCase(),
    operation: Operation.parse(members[method]),
  }));
}

const SecurityScheme = z.looseObject({ type: z.literal('http'), scheme: z.string() });

function bearerSchemes({ components }: OpenApiDocument): ReadonlySet<string> {
  const schemes = z
    .record(z.string(), z.unknown())
    .catch({})
    .parse(components?.['securitySchemes']);
  return new Set(Object.keys(schemes).filter((name) => isBearer(schemes[name])));
}

const isBearer = (scheme: unknown): boolean =>
  SecurityScheme.safeParse(scheme).data?.scheme.toLowerCase() === 'bearer';

const asksFor = ({ security = [] }: Operation, schemes: ReadonlySet<string>): boolean =>
  security.some((requirement) => Object.keys(requirement).some((name) => schemes.has(name)));

type Found = {
  readonly service: string;
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly document: OpenApiDocument;
};

function toEndpoint({ service, path, method, operation, document }: Found): Endpoint {
  const { requestBody, responses = {}, summary, description } = operation;
  const success = Object.keys(responses).find((status) => status.startsWith('2'));
  return {
    service,
    method,
    path,
    description: summary ?? description ?? '',
    requestSchema: selfContained(schemaOf(requestBody), document),
    responseSchema: selfContained(schemaOf(responses[success ?? '']), document),
    needsBody: requestBody?.required === true,
    repeatable: method === 'GET',
    permission: operation[PERMISSION_MEMBER] ?? EVERYBODY,
  };
}

const MediaType = z.looseObject({ schema: z.unknown() });

function schemaOf(holder: z.infer<typeof Content> | undefined): unknown {
  return MediaType.safeParse(holder?.content?.['application/json']).data?.schema ?? null;
}
