import { z } from '@hono/zod-openapi';

import { deviceInfoField } from '../accounts/fields.ts';

const accountId = z.uuid();
const sessionId = z.string().openapi({ example: 'ses_abcdefghijklmnopqrstuvwxyz' });
const instant = z.iso.datetime();

export const TokenReplySchema = z
  .object({
    accountId,
    sessionId,
    accessToken: z.string().openapi({ description: 'A JWT (RFC 9068).' }),
    refreshToken: z.string().openapi({ description: 'Opaque. Works once.' }),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().openapi({ description: 'Seconds.', example: 900 }),
    refreshExpiresIn: z.int().openapi({ description: 'Seconds.', example: 604_800 }),
    connectUrl: z.string().openapi({ example: 'wss://id.example.com/connect' }),
  })
  .openapi('Tokens');

export const ProfileSchema = z
  .object({
    accountId,
    email: z.string(),
    emailVerified: z.boolean(),
    username: z.string().nullable(),
    displayName: z.string().nullable(),
    roles: z.array(z.string()),
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Profile');

export const AccountSchema = ProfileSchema.extend({
  status: z.enum(['active', 'disabled']),
  lastLoginAt: instant.nullable(),
}).openapi('Account');

const SessionSchema = z
  .object({
    sessionId,
    current: z.boolean().openapi({ description: 'Whether it is the session of this request.' }),
    clientId: z.string(),
    deviceInfo: deviceInfoField,
    deviceFingerprint: z.string().nullable(),
    userAgent: z.string(),
    ipAddress: z.string(),
    country: z.string().nullable(),
    createdAt: instant,
    lastActivityAt: instant,
    expiresAt: instant,
  })
  .openapi('Session');

export const SessionListSchema = z
  .object({ sessions: z.array(SessionSchema) })
  .openapi('SessionList');

export const EndedSchema = z
  .object({ ended: z.int().openapi({ description: 'How many sessions were ended.' }) })
  .openapi('EndedSessions');
