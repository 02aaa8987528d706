/**
 * Rows of the user's tables and what they mean. Rows leave the store as domain types only.
 *
 * @module
 */

import * as z from 'zod';

import type { EndReason } from '../../shared/contracts/identity/user-sessions.ts';
import { AccountId, ClientId, FamilyId, SessionId } from '../../shared/ids.ts';
import type { Family } from './family.ts';
import { DESTINATIONS, type Notice } from './outbox.ts';
import type { RoleChange } from './role-change.ts';
import type { Session } from './session.ts';
import { StoredTerms } from './stored-terms.ts';

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

export type NoticeRow = {
  seq: number;
  destination: string;
  session_id: string;
  reason: string;
  expires_at: number;
  attempts: number;
};

export type RoleChangeRow = {
  /** JSON: an array of strings. */
  roles: string;
  changed_at: number;
  told: number;
  attempts: number;
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
const Reason = z.enum([
  'logout',
  'remote',
  'theft',
  'admin',
  'account_deleted',
  'revoked',
  'code_reused',
] satisfies EndReason[]);
const StoredDestination = z.enum(DESTINATIONS);

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
  told: row.told === 1,
  attempts: row.attempts,
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

export function toNotice(row: NoticeRow): Notice {
  return {
    seq: row.seq,
    destination: StoredDestination.parse(row.destination),
    sessionId: SessionId.restore(row.session_id),
    reason: Reason.parse(row.reason),
    expiresAt: row.expires_at,
    attempts: row.attempts,
  };
}
