/**
 * Logout requests that came by a form (OpenID Connect RP-Initiated Logout §2). They wait, checked, for the
 * browser to come back with its cookies, so that the token that came with one is in no URL and in no store.
 *
 * @module
 */

import { randomBytes, sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { SessionId } from '../../../../shared/ids.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import type { LogoutRequest } from './logout-request.ts';

/** How long a user may look at the question whether to sign out. */
const SECONDS = 1_800;

/** The parameter of our own that names it. */
export const POSTED_LOGOUT = 'logout_request';

type Stored = {
  readonly sessionId: string | null;
  readonly clientId: string | null;
  readonly redirectTo: string | null;
};

/** @returns What names it: 256 random bits, base64url. What is stored is their hash. */
export async function savePostedLogout(
  store: TtlStore,
  { sessionId, client, redirectTo }: LogoutRequest,
): Promise<string> {
  const name = toBase64Url(randomBytes(32));
  const stored: Stored = {
    sessionId: sessionId ?? null,
    clientId: client?.clientId ?? null,
    redirectTo: redirectTo ?? null,
  };
  await store.put(await keyOf(name), JSON.stringify(stored), SECONDS);
  return name;
}

export type FindPostedLogoutNeeds = {
  readonly ttlStore: () => TtlStore;
  readonly clients: Pick<ClientDirectory, 'find'>;
};

/** @returns `undefined` if there is none, or its client is gone. */
export async function findPostedLogout(
  name: string,
  { ttlStore, clients }: FindPostedLogoutNeeds,
): Promise<LogoutRequest | undefined> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(name)) return undefined;
  const text = await ttlStore().get(await keyOf(name));
  if (text === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this module writes the key
  const { sessionId, clientId, redirectTo } = JSON.parse(text) as Stored;
  const client = clientId === null ? undefined : await clients.find(clientId);
  if (clientId !== null && client === undefined) return undefined;
  return {
    sessionId: sessionId === null ? undefined : SessionId.parse(sessionId),
    client,
    redirectTo: redirectTo ?? undefined,
  };
}

const keyOf = async (name: string): Promise<string> =>
  `logout:${toBase64Url(await sha256(utf8(name)))}`;
