import * as z from 'zod';

const names = z.array(z.string());

/** A registration as it is stored. The code that reads it may be newer than what wrote it. */
export const StoredRegistration = z.object({
  name: z.string(),
  baseUrl: z.string(),
  audience: z.string(),
  healthPath: z.string().nullable(),
  owner: z.string().nullable(),
  openapiUrl: z.string().nullable(),
  endpoints: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      description: z.string(),
      requestSchema: z.unknown(),
      responseSchema: z.unknown(),
      needsBody: z.boolean(),
      permission: z.object({
        roles: names,
        scopes: names,
        ownClient: z.enum(['suffices', 'required']).optional(),
      }),
    }),
  ),
});

export const StoredHealth = z.enum(['unknown', 'healthy', 'unhealthy']);
