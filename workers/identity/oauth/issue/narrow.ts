import type { OAuthTerms } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { isSameResource } from '../../../../shared/http/resource-key.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { readScopes } from '../clients/scopes.ts';

/** The part of a grant that one token request asks for. */
export type Narrowed = {
  readonly scopes: readonly string[];
  /** Empty: the deployment's own audience. */
  readonly resources: readonly string[];
};

/** The part of a session's grant that limits it. */
type Granted = {
  readonly scopes: readonly string[];
  readonly oauth?: Pick<OAuthTerms, 'resources'> | undefined;
};

export type NarrowingRequest = {
  /** The parameter `scope` (RFC 6749 §6). */
  readonly scope: string | undefined;
  /** All of `resource` (RFC 8707 §2.2). */
  readonly resources: readonly string[];
  /**
   * Those that the client may ask users for. One that is none of them was left out when the user was
   * asked, and is left out again. Absent: every scope that was not granted is refused.
   */
  readonly clientScopes?: readonly string[];
};

/**
 * Narrows a grant to what a request asks for. A token may be for less than the grant, and never for more.
 *
 * @param audience - The deployment's own, which a grant is for that names no resource.
 * @throws {OAuthError} `invalid_scope`, `invalid_target`
 */
export function narrow(grant: Granted, request: NarrowingRequest, audience: string): Narrowed {
  return {
    scopes: narrowScopes(grant.scopes, request.scope, request.clientScopes),
    resources: narrowResources(grant.oauth?.resources ?? [], request.resources, audience),
  };
}

/**
 * @param requested - The parameter `scope`. Left out: all that was granted.
 * @param clientScopes - As in {@link NarrowingRequest}.
 * @throws {OAuthError} `invalid_scope`
 */
export function narrowScopes(
  granted: readonly string[],
  requested: string | undefined,
  clientScopes?: readonly string[],
): readonly string[] {
  if (requested === undefined) return granted;
  const scopes = readScopes(requested);
  const held = scopes.filter((scope) => granted.includes(scope));
  const isMore = (scope: string) =>
    !held.includes(scope) && (clientScopes?.includes(scope) ?? true);
  if (held.length > 0 && !scopes.some(isMore)) return held;
  throw new OAuthError('invalid_scope', 'The scope is more than was granted');
}

function narrowResources(
  granted: readonly string[],
  requested: readonly string[],
  audience: string,
): readonly string[] {
  if (requested.length === 0) return granted;
  const allowed = granted.length === 0 ? [audience] : granted;
  const meant = requested.map((resource) => allowed.find((one) => isSameResource(one, resource)));
  if (!meant.includes(undefined)) return [...new Set(meant.filter((one) => one !== undefined))];
  throw new OAuthError('invalid_target', 'The resource is none that was granted');
}
