import { z } from '@hono/zod-openapi';

import { PermissionMember } from '../../../shared/openapi/security.ts';

/** These names belong to our own services, or are reserved for them. */
const RESERVED: ReadonlySet<string> = new Set([
  'identity',
  'echo',
  'connect',
  'keys',
  'edge',
  'shortcut',
]);

const ServiceName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, {
    error: 'Must be lower case letters, digits and hyphens, and begin with a letter',
  })
  .refine((name) => !RESERVED.has(name), { error: 'Is the name of a service of our own' })
  .openapi({ example: 'chess' });

const PlainPath = z
  .string()
  .max(512)
  .refine(isPlainPath, { error: 'Must be the path of a URL as it is sent, without parameters' })
  .openapi({ example: '/moves' });

const schema = z.unknown().default(null).openapi({ description: 'JSON Schema.' });

const EndpointBody = z
  .strictObject({
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    path: PlainPath,
    description: z.string().max(1_000).default(''),
    requestSchema: schema,
    responseSchema: schema,
    needsBody: z
      .boolean()
      .default(false)
      .openapi({ description: 'Whether an empty payload is refused.' }),
    permission: PermissionMember.default({ roles: [], scopes: [] }).openapi({
      description:
        'Who may call it: who has one of the roles and all of the scopes. Default: as `clients` of the service says.',
    }),
  })
  .openapi('ServiceEndpoint');

const printable = /^[\x21-\x7e]+$/;

const Binders = z.union([
  z.enum(['owner', 'any']),
  z.array(z.string().min(1).max(255).regex(printable)).max(100),
]);

export const ServiceBody = z
  .strictObject({
    baseUrl: z
      .string()
      .max(2_000)
      .openapi({ description: '`https`, public. Paths are appended to it.' }),
    audience: z.string().min(1).max(500).regex(printable).optional().openapi({
      description:
        '`aud` of the JWT that the service is called with: a URL under the origin of `baseUrl` that is no other service’s, client’s or resource server’s. Default: `urn:sallyport:service:<name>`.',
    }),
    healthPath: PlainPath.nullable().default(null),
    clients: z.enum(['first_party', 'any']).default('first_party').openapi({
      description:
        'Whose sessions may call the endpoints without a permission: those of first-party clients, or of any client that the user allowed `connect`.',
    }),
    shortcuts: Binders.default('owner').openapi({
      description:
        'Who may bind shortcuts to the endpoints: who registered the service, everybody with `connect:publish`, or these clients besides.',
    }),
    openapi: z
      .union([z.string().max(2_000), z.looseObject({ paths: z.looseObject({}) })])
      .optional()
      .openapi({
        description:
          'An OpenAPI 3 document, or where it is: a URL, relative to `baseUrl` or not, of 1 MiB at most.',
      }),
    endpoints: z.array(EndpointBody).max(500).optional(),
  })
  .refine((body) => (body.openapi === undefined) !== (body.endpoints === undefined), {
    path: ['endpoints'],
    error: 'Either `openapi` or `endpoints` must be there',
  })
  .openapi('ServiceSettings');
export type ServiceBody = z.infer<typeof ServiceBody>;

export const NewServiceBody = ServiceBody.safeExtend({ name: ServiceName }).openapi('NewService');

const Health = z.enum(['unknown', 'healthy', 'unhealthy']);

const ServiceFacts = z.object({
  name: z.string(),
  baseUrl: z.string(),
  audience: z.string(),
  healthPath: z.string().nullable(),
  openapiUrl: z.string().nullable().openapi({ description: 'Where the endpoints were read.' }),
  clients: z.enum(['first_party', 'any']),
  shortcuts: Binders,
  owner: z.string().nullable().openapi({ description: 'The client that registered it.' }),
  health: Health,
});

const EndpointFacts = z.object({
  method: z.string(),
  path: z.string(),
  description: z.string(),
  permission: PermissionMember,
});

export const ServiceSchema = ServiceFacts.extend({
  endpoints: z.array(
    EndpointFacts.extend({
      requestSchema: z.unknown(),
      responseSchema: z.unknown(),
      needsBody: z.boolean(),
    }),
  ),
}).openapi('RegisteredService');

export const ServiceListSchema = z
  .object({
    version: z.int().openapi({ description: 'Counts every change.' }),
    services: z.array(
      ServiceFacts.extend({
        endpoints: z.array(z.string()).openapi({ description: '`METHOD:/path`' }),
      }),
    ),
  })
  .openapi('RegisteredServiceList');

export const MappingsSchema = z
  .object({
    mappings: z.array(
      z.object({
        service: z.string(),
        kind: z.enum(['own', 'registered']),
        health: Health,
        endpoints: z.array(EndpointFacts),
      }),
    ),
  })
  .openapi('ServiceMappings');

/**
 * Whether every URL parser reads the same path: it is absolute, has neither query nor parameters,
 * and nothing that a parser would resolve or encode.
 */
export function isPlainPath(text: string): boolean {
  if (!text.startsWith('/') || text.startsWith('//')) return false;
  const url = URL.parse(text, 'https://any.example');
  return url !== null && url.pathname === text && url.href === `https://any.example${text}`;
}
