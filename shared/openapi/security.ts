import * as z from 'zod';
import type { Permission } from '../contracts/connect/registry-rpc.ts';
import type { OpenApiDocument } from '../contracts/http/worker-rpc.ts';

/** An operation has further members, which are not read. */
const Content = z.looseObject({ content: z.record(z.string(), z.unknown()).optional() });

const names = z.array(z.string());
const Requirement = z.record(z.string(), names);

/** The member of an OpenAPI operation that says who may call it. */
const PERMISSION_MEMBER = 'x-sallyport-permission';

/** It is strict, because an unknown condition must not count as met. */
export const PermissionMember = z.strictObject({
  roles: names.default([]),
  scopes: names.default([]),
  ownClient: z.enum(['suffices', 'required']).optional(),
});

/** An operation of OpenAPI 3.1. */
export const Operation = z.looseObject({
  summary: z.string().optional(),
  description: z.string().optional(),
  security: z.array(Requirement).optional(),
  requestBody: Content.extend({ required: z.boolean().optional() }).optional(),
  responses: z.record(z.string(), Content).optional(),
  [PERMISSION_MEMBER]: PermissionMember.optional(),
});
export type Operation = z.infer<typeof Operation>;

const SecurityScheme = z.looseObject({ type: z.string(), scheme: z.string().optional() });

/** The security schemes of a document, by name. */
export type SecuritySchemes = ReadonlyMap<string, z.infer<typeof SecurityScheme>>;

export function readSchemes({ components }: OpenApiDocument): SecuritySchemes {
  const schemes = z
    .record(z.string(), z.unknown())
    .catch({})
    .parse(components?.['securitySchemes']);
  return new Map(
    Object.entries(schemes).flatMap(([name, scheme]) => {
      const parsed = SecurityScheme.safeParse(scheme);
      return parsed.success ? [[name, parsed.data] as const] : [];
    }),
  );
}

/** Whether an operation may be called with a bearer token (RFC 6750). */
export const asksForBearer = ({ security = [] }: Operation, schemes: SecuritySchemes): boolean =>
  security.some((requirement) =>
    Object.keys(requirement).some((name) => isBearer(schemes.get(name))),
  );

const isBearer = (scheme: z.infer<typeof SecurityScheme> | undefined): boolean =>
  scheme?.type === 'http' && scheme.scheme?.toLowerCase() === 'bearer';

/**
 * Who may call an operation, by `x-sallyport-permission` or else by its first security requirement.
 * The names in that are scopes with OAuth and OpenID Connect, and roles with other schemes (OpenAPI
 * 3.1 §4.8.30). Further requirements are alternatives, so it is safe to demand the first alone.
 */
export function permissionOf(operation: Operation, schemes: SecuritySchemes): Permission {
  const stated = operation[PERMISSION_MEMBER];
  if (stated !== undefined) return stated;
  const requirement = Object.entries(operation.security?.[0] ?? {});
  const namesOf = (scoped: boolean) =>
    requirement
      .filter(([name]) => SCOPED.has(schemes.get(name)?.type ?? '') === scoped)
      .flatMap(([, required]) => required);
  return { roles: namesOf(false), scopes: namesOf(true) };
}

const SCOPED: ReadonlySet<string> = new Set(['oauth2', 'openIdConnect']);
