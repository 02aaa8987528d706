import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { DeviceInfo, Origin } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import type { Parameters } from '../parameters.ts';

/** What the sender of a request proved to hold: tokens are bound to it. */
export type SenderProof = {
  /** Thumbprint of the DPoP key (RFC 9449 §6.1). */
  readonly dpopJkt: string | null;
  /** SHA-256 of the client certificate, base64url (RFC 8705 §3.1). */
  readonly certificateThumbprint: string | null;
};

/** A request to the token endpoint whose client was authenticated. */
export type TokenRequest = {
  readonly parameters: Parameters;
  readonly client: Client;
  readonly proof: SenderProof;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly correlationId: string;
};

/** RFC 6749 §5.1, and what the extensions add. Lives in seconds. */
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

/**
 * One grant. `grants.ts` lists them by `grant_type`.
 *
 * @throws {OAuthError} As the grant's RFC says.
 */
export type Grant = (request: TokenRequest, services: Services) => Promise<TokenResponse>;
