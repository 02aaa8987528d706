/**
 * Rows of the user's tables and what they mean. Rows leave the store as domain types only.
 *
 * @module
 */

import * as z from 'zod';

import type { OAuthTerms } from '../../shared/contracts/identity/oauth-terms.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import { AccountId, ClientId, FamilyId, SessionId } from '../../shared/ids.ts';
import {
  type AccountReading,
  type Code,
  type CodeGrant,
  END_REASONS,
  type Family,
  type RoleChange,
  type Session,
} from './user.ts';

export type SessionRow = {
  session_id: string;
  account_id: string;
  client_id: string;
  /** JSON: arrays of strings. */
  scopes: string;
  roles: string;
  amr: string;
  acr: string;
  auth_time: number;
  /** JSON: what `edge` and the client said of the sign-in. */
  origin: string;
  device: string;
  /** JSON: an array of UUIDs. */
  family_ids: string;
  created_at: number;
  touched_at: number;
  idle_millis: number;
  absolute_expires_at: number;
  ended_at: number | null;
  end_reason: string | null;
  /** JSON: {@link OAuthTerms}. */
  oauth: string | null;
  parent_id: string | null;
};

export type FamilyRow = {
  family_id: string;
  session_id: string;
  client_id: string;
  generation: number;
  secret_hash: ArrayBuffer;
  previous_hash: ArrayBuffer | null;
  rotated_at: number;
  installation_id: string | null;
  installation_fallback: string;
  refresh_expires_at: number;
  access_until: number;
  revoked_at: number | null;
};

export type CodeRow = {
  code_hash: ArrayBuffer;
  browser_session_id: string;
  client_id: string;
  redirect_uri: string;
  code_challenge: string;
  dpop_jkt: string | null;
  /** JSON: {@link CodeGrant}. */
  granted: string;
  offline: number;
  expires_at: number;
  session_id: string | null;
};

export type PartyRow = { client_id: string; subject: string };

export type RoleChangeRow = {
  /** JSON: an array of strings. */
  roles: string;
  changed_at: number;
};

export type AccountRow = {
  version: number;
  credentials_version: number;
  /** JSON: an array of strings. */
  roles: string;
  read_at: number;
};

const Strings = z.array(z.string());
const FamilyIds = z.array(z.string().transform((text) => FamilyId.restore(text)));
const StoredOrigin = z.object({
  ipAddress: z.string(),
  country: z.string().nullable(),
  userAgent: z.string(),
});
const StoredDevice = z.object({
  fingerprint: z.string().optional(),
  installationId: z.string().optional(),
  name: z.string().optional(),
  type: z.string().optional(),
  platform: z.string().optional(),
  browser: z.string().optional(),
});
const Reason = z.enum(END_REASONS);
const StoredClaim = z
  .object({
    essential: z.boolean().optional(),
    value: z.unknown().optional(),
    values: z.array(z.unknown()).optional(),
  })
  .nullable();
const StoredClaims = z.record(z.string(), StoredClaim).optional();

const StoredTerms: z.ZodType<OAuthTerms> = z.object({
  subject: z.string(),
  browserSessionId: z
    .string()
    .transform((text) => SessionId.restore(text))
    .nullable(),
  resources: z.array(z.string()),
  claims: z.object({ userinfo: StoredClaims, id_token: StoredClaims }).nullable(),
  authorizationDetails: z.array(z.looseObject({ type: z.string() })),
  confirmation: z
    .object({ jkt: z.string().optional(), 'x5t#S256': z.string().optional() })
    .nullable(),
  nonce: z.string().nullable(),
});

const StoredGrant: z.ZodType<CodeGrant> = z.object({
  accountId: z.string().transform((text) => AccountId.restore(text)),
  clientId: z.string().transform((text) => ClientId.restore(text)),
  scopes: z.array(z.string()),
  roles: z.array(z.string()),
  amr: z.array(z.string()),
  acr: z.string(),
  authTime: z.number(),
  oauth: StoredTerms,
});

export function toSession(row: SessionRow): Session {
  return {
    grant: {
      sessionId: SessionId.restore(row.session_id),
      accountId: AccountId.restore(row.account_id),
      clientId: ClientId.restore(row.client_id),
      scopes: Strings.parse(JSON.parse(row.scopes)),
      roles: Strings.parse(JSON.parse(row.roles)),
      amr: Strings.parse(JSON.parse(row.amr)),
      acr: row.acr,
      authTime: row.auth_time,
      ...(row.oauth === null ? {} : { oauth: StoredTerms.parse(JSON.parse(row.oauth)) }),
    },
    parentId: row.parent_id === null ? null : SessionId.restore(row.parent_id),
    origin: StoredOrigin.parse(JSON.parse(row.origin)),
    device: StoredDevice.parse(JSON.parse(row.device)),
    familyIds: FamilyIds.parse(JSON.parse(row.family_ids)),
    createdAt: row.created_at,
    touchedAt: row.touched_at,
    idleMillis: row.idle_millis,
    absoluteExpiresAt: row.absolute_expires_at,
    ended:
      row.ended_at === null ? null : { at: row.ended_at, reason: Reason.parse(row.end_reason) },
  };
}

export const toRoleChange = (row: RoleChangeRow): RoleChange => ({
  roles: Strings.parse(JSON.parse(row.roles)),
  changedAt: row.changed_at,
});

export const toAccountReading = (row: AccountRow): AccountReading => ({
  version: row.version,
  credentialsVersion: row.credentials_version,
  roles: Strings.parse(JSON.parse(row.roles)),
  readAt: row.read_at,
});

export function toFamily(row: FamilyRow): Family {
  return {
    familyId: FamilyId.restore(row.family_id),
    sessionId: SessionId.restore(row.session_id),
    clientId: ClientId.restore(row.client_id),
    generation: row.generation,
    secretHash: new Uint8Array(row.secret_hash),
    previousHash: row.previous_hash === null ? null : new Uint8Array(row.previous_hash),
    rotatedAt: row.rotated_at,
    rotatedBy: { installationId: row.installation_id, fallback: row.installation_fallback },
    refreshExpiresAt: row.refresh_expires_at,
    accessUntil: row.access_until,
    revokedAt: row.revoked_at,
  };
}

export const toCode = (row: CodeRow): Code => ({
  codeHash: new Uint8Array(row.code_hash),
  browserSessionId: SessionId.restore(row.browser_session_id),
  redirectUri: row.redirect_uri,
  codeChallenge: row.code_challenge,
  dpopJkt: row.dpop_jkt,
  granted: StoredGrant.parse(JSON.parse(row.granted)),
  offline: row.offline === 1,
  expiresAt: row.expires_at,
  sessionId: row.session_id === null ? null : SessionId.restore(row.session_id),
});

export const toParty = (row: PartyRow): RelyingParty => ({
  clientId: ClientId.restore(row.client_id),
  subject: row.subject,
});
