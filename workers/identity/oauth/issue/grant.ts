import type {
  AuthorizationDetail,
  Confirmation,
} from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { DeviceInfo, Origin } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { Log, LogEvent } from '../../../../shared/telemetry/log.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Requester } from '../../sessions/request-origin.ts';
import { type Client, isPublicClient } from '../clients/client.ts';

/**
 * One grant: what the token endpoint does for one `grant_type`.
 *
 * @throws {OAuthError} As the grant's RFC says.
 */
export type Grant<Needs> = (request: TokenRequest, needs: Needs) => Promise<TokenResponse>;

/** A request to the token endpoint whose client was authenticated. */
export type TokenRequest = {
  readonly parameters: Parameters;
  readonly client: Client;
  readonly proof: SenderProof;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly correlationId: string;
};

/** What the sender of a request proved to hold. Tokens are bound to it. */
export type SenderProof = {
  /** Thumbprint of the DPoP key (RFC 9449 §6.1). */
  readonly dpopJkt: string | null;
  /** SHA-256 of the client certificate, base64url (RFC 8705 §3.1). */
  readonly certificateThumbprint: string | null;
};

/** The members of RFC 6749 §5.1 and of its extensions. Lifetimes are in seconds. */
export type TokenResponse = {
  readonly access_token: string;
  readonly token_type: 'Bearer' | 'DPoP' | 'N_A';
  readonly expires_in: number;
  readonly scope?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  /** RFC 8693 §2.2.1. */
  readonly issued_token_type?: string;
  /** RFC 9396 §7. */
  readonly authorization_details?: readonly AuthorizationDetail[];
};

/** @throws {OAuthError} `unauthorized_client` for a client that cannot authenticate. */
export function assertConfidential(client: Client): void {
  if (!isPublicClient(client)) return;
  throw new OAuthError('unauthorized_client', 'This client cannot prove who it is');
}

/** The `cnf` of what the sender is given (RFC 9449 §6.1, RFC 8705 §3.1). `null`: a bearer token. */
export function confirmationOf({
  dpopJkt,
  certificateThumbprint,
}: SenderProof): Confirmation | null {
  if (dpopJkt === null && certificateThumbprint === null) return null;
  return {
    ...(dpopJkt === null ? {} : { jkt: dpopJkt }),
    ...(certificateThumbprint === null ? {} : { 'x5t#S256': certificateThumbprint }),
  };
}

/**
 * What refresh tokens are bound to. Only those of a public client are bound to a key, because it has
 * nothing else that proves who it is (RFC 9449 §5, RFC 8705 §4).
 */
export const refreshConfirmation = ({
  client,
  proof,
}: Pick<TokenRequest, 'client' | 'proof'>): Confirmation | null =>
  isPublicClient(client) ? confirmationOf(proof) : null;

/** The client of a token request, in the terms of a session. */
export function requesterOf(request: TokenRequest): Requester {
  const { client, origin, device } = request;
  const bound = refreshConfirmation(request);
  const boundKey = bound?.jkt ?? bound?.['x5t#S256'];
  return { clientId: client.clientId, origin, device, boundKey };
}

export type RefuseNeeds = { readonly log: Log };

export type GrantRefusal = {
  /** For the log. It names what was presented and what is wrong with it, such as `code.reused`. */
  readonly event: string;
  readonly reason: string;
  /** For the client. It does not tell the reasons apart. */
  readonly description: string;
  /** The account that it belongs to, if that is known. */
  readonly accountId?: string | undefined;
};

/**
 * The one answer to a code or an assertion that cannot be used. What exactly is wrong with it is written
 * to the log only.
 */
export function invalidGrant(
  { event, reason, description, accountId }: GrantRefusal,
  { client: { clientId }, correlationId }: Pick<TokenRequest, 'client' | 'correlationId'>,
  { log }: RefuseNeeds,
): OAuthError {
  log({ event, level: refusalLevel(reason), correlationId, clientId, accountId });
  return new OAuthError('invalid_grant', description, { cause: event });
}

/**
 * Reasons that suggest that a code, a token or an assertion is in the wrong hands (RFC 9700 §4.5) or was
 * forged. Those of refresh tokens are in `sessions/rotate-refresh-token.ts`.
 */
const ATTACKS: ReadonlySet<string> = new Set([
  'code_reused',
  'verifier_mismatch',
  'dpop_mismatch',
  'client_mismatch',
  'signature_invalid',
  'replayed',
  'not_meant_for_client',
  'sender_unproven',
]);

export const refusalLevel = (reason: string): LogEvent['level'] =>
  ATTACKS.has(reason) ? 'security' : 'info';
