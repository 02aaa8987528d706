/**
 * How a connection takes a new access token: `POST:/connect/reauthenticate`, rule [H40].
 *
 * @module
 */

import * as z from 'zod';

import type { Clock, Millis } from '../../../shared/clock.ts';
import { mayUseHub } from '../../../shared/contracts/connect/hub-access.ts';
import { hasSession, type SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../../shared/contracts/keys/keys-rpc.ts';
import { emptyAnswer, jsonAnswer } from '../../../shared/hub-protocol/answer.ts';
import { parseJson } from '../../../shared/hub-protocol/json-payload.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { isMeantFor, verifyAccessToken } from '../../../shared/tokens/access-token.ts';
import type { JwsAlgorithm } from '../../../shared/tokens/algorithms.ts';
import { importJwkSet } from '../../../shared/tokens/verification-keys.ts';
import type { Connection } from '../connections/connection.ts';
import type { DirectoryEntries } from '../lifecycle/directory-entries.ts';
import type { QueueSeats } from '../lifecycle/queue-seats.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { Streams } from '../streams/streams.ts';
import type { Service } from './services/service.ts';

type VerifyNeeds = {
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
  readonly keys: Pick<KeysRpc, 'jwks'>;
  /** Which access tokens are valid at this deployment. */
  readonly tokens: {
    readonly issuer: string;
    readonly audience: string;
    readonly algorithms: ReadonlySet<JwsAlgorithm>;
  };
  /** `client_id` of the deployment's own tokens. */
  readonly ownClientId: string;
  readonly clock: Clock;
};

export type ReauthenticationNeeds = VerifyNeeds & {
  /** Returns the principal with the roles that its user has now. */
  readonly withCurrentRoles: (principal: SessionPrincipal) => Promise<SessionPrincipal>;
  readonly streams: Pick<Streams, 'changePrincipal'>;
  readonly seats: Pick<QueueSeats, 'renew'>;
  readonly entries: Pick<DirectoryEntries, 'renew'>;
  /** Has the connection closed when its new token has expired. */
  readonly watch: (connection: Connection) => Promise<void>;
  readonly manifests: Pick<Manifests, 'updateLater'>;
};

/** The service that puts a connection under a newer access token. */
export const reauthenticationOf =
  (needs: ReauthenticationNeeds) =>
  (connection: Connection): Service =>
  async ({ payload, principal: old }) => {
    const verified = await newPrincipal(payload, old, needs, needs.clock());
    if (!verified.ok) return emptyAnswer(verified.error);
    const principal = await needs.withCurrentRoles(verified.value);
    if (!connection.reauthenticate(principal)) return emptyAnswer('Service_BadRequest');
    await renewAll(connection, needs);
    return jsonAnswer({ expiresAt: verified.value.expiresAt });
  };

/** Extends what lasts as long as the access token. */
async function renewAll(connection: Connection, needs: ReauthenticationNeeds): Promise<void> {
  const { connectionId, principal } = connection.state;
  needs.streams.changePrincipal(principal);
  needs.seats.renew(connection);
  await needs.entries.renew(connectionId, principal);
  await needs.watch(connection);
  needs.manifests.updateLater(connection, 'session_update');
}

const Body = z.object({ accessToken: z.string() });

/**
 * The principal of the new token. The token must be valid, of the same user and session as the old
 * one, bound to the same keys, which the client proved to hold when it connected, and of a client
 * that may use the hub; and the session must be live. So a stolen token cannot take a socket over, and an ended session cannot keep one.
 *
 * @throws If identity or keys cannot be reached.
 */
async function newPrincipal(
  payload: Uint8Array,
  old: SessionPrincipal,
  { identity, keys, tokens, ownClientId }: VerifyNeeds,
  now: Millis,
): Promise<Result<SessionPrincipal, ResponseName>> {
  const body = Body.safeParse(parseJson(payload));
  if (!body.success) return err('Service_BadRequest');

  const verificationKeys = await importJwkSet(await keys.jwks());
  const token = await verifyAccessToken(body.data.accessToken, verificationKeys, tokens, now);
  if (!token.ok || !isMeantFor(token.value, tokens.audience)) return err('Service_Unauthorized');
  const { principal } = token.value;
  const { subject, sessionId, tokenId } = principal;
  if (!hasSession(principal) || !continues(principal, old)) return err('Service_Unauthorized');
  if (!mayUseHub(principal, ownClientId)) return err('Service_Unauthorized');

  const status = await identity.checkSession({ subject, sessionId, tokenId });
  const { userId } = old;
  return status === 'live' ? ok({ ...principal, userId }) : err('Service_Unauthorized');
}

function continues(next: SessionPrincipal, old: SessionPrincipal): boolean {
  const keys = ['jkt', 'x5t#S256'] as const;
  return (
    next.subject === old.subject &&
    next.sessionId === old.sessionId &&
    keys.every((key) => next.confirmation?.[key] === old.confirmation?.[key])
  );
}
