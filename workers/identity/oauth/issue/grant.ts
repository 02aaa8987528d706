import type {
  AuthorizationDetail,
  OAuthTerms,
} from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { DeviceInfo, Origin } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { LogEvent } from '../../../../shared/telemetry/log.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Client } from '../clients/client.ts';

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

/** As much of a grant as one token request asks for. */
export type Narrowed = {
  readonly scopes: readonly string[];
  /** Empty: the deployment's own audience. */
  readonly resources: readonly string[];
};

/** As much of a session's grant as decides that. */
type Granted = {
  readonly scopes: readonly string[];
  readonly oauth?: Pick<OAuthTerms, 'resources'> | undefined;
};

export type NarrowingRequest = {
  /** The parameter `scope` (RFC 6749 §6). */
  readonly scope: string | undefined;
  /** All of `resource` (RFC 8707 §2.2). */
  readonly resources: readonly string[];
};

/**
 * A token may be for less than the grant, and never for more.
 *
 * @param audience - The deployment's own: what a grant is for that names no resource.
 * @throws {OAuthError} `invalid_scope`, `invalid_target`
 */
export function narrow(grant: Granted, asked: NarrowingRequest, audience: string): Narrowed {
  return {
    scopes: narrowScopes(grant.scopes, asked.scope),
    resources: narrowResources(grant.oauth?.resources ?? [], asked.resources, audience),
  };
}

/** @throws {OAuthError} `invalid_scope` */
export function narrowScopes(
  granted: readonly string[],
  asked: string | undefined,
): readonly string[] {
  if (asked === undefined) return granted;
  const scopes = [...new Set(asked.split(' '))];
  if (scopes.every((scope) => granted.includes(scope))) return scopes;
  throw new OAuthError('invalid_scope', 'The scope is more than was granted');
}

function narrowResources(
  granted: readonly string[],
  asked: readonly string[],
  audience: string,
): readonly string[] {
  if (asked.length === 0) return granted;
  const allowed = granted.length === 0 ? [audience] : granted;
  if (asked.every((resource) => allowed.includes(resource))) return [...new Set(asked)];
  throw new OAuthError('invalid_target', 'The resource is none that was granted');
}

/**
 * The one answer to a code, token or assertion that cannot be used: what exactly is wrong with it goes
 * to the log alone.
 *
 * @param event - `code.reused`: what was presented, and what is wrong with it.
 */
export function invalidGrant(
  { log }: Pick<Services, 'log'>,
  event: LogEvent,
  description: string,
): OAuthError {
  log(event);
  return new OAuthError('invalid_grant', description, { cause: event.event });
}
