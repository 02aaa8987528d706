import { z } from '@hono/zod-openapi';

import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { isSubjectKind } from '../../oauth/assertion-issuers/assertion-issuer.ts';
import { publicJwksFault } from '../../oauth/clients/public-jwks.ts';

/** Whatever an issuer calls itself: a URL, most of them. */
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

/** There is no refresh token that `offline_access` could be for. */
const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: 'Must be a scope value' })
  .refine((value) => value !== 'offline_access', { error: 'Must be another scope' });

const fields = {
  issuer,
  name: z.string().trim().min(1).max(200),
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

export const AssertionIssuerBody = z
  .object(fields)
  .refine(({ jwks, jwksUri }) => (jwks === null) !== (jwksUri === null), {
    path: ['jwks'],
    error: 'Give jwks or jwksUri',
  })
  .openapi('AssertionIssuerSettings');

export const AssertionIssuerSchema = z
  .object({ ...fields, createdAt: z.iso.datetime(), updatedAt: z.iso.datetime() })
  .openapi('AssertionIssuer');

export const AssertionIssuerListSchema = z
  .object({ assertionIssuers: z.array(AssertionIssuerSchema) })
  .openapi('AssertionIssuerList');
