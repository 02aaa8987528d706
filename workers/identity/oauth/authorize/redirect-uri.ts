/**
 * Which redirect URI a request means, and whether it is the client's.
 *
 * URIs are compared character by character: whatever a URL parser would make equal, such as another
 * case, dot segments, an encoded letter or user information, is another URI here (RFC 9700 §2.1,
 * §4.1.3).
 *
 * @module
 */

import { err, ok, type Result } from '../../../../shared/result.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { isOpenIdRequest } from '../clients/scopes.ts';
import { requestedResponseMode, returnedState } from './check-parameters.ts';
import { clientDemands } from './client-demands.ts';
import type { Draft, ReceivedRequest } from './draft.ts';

type RedirectUriError = 'missing' | 'not_registered';

/**
 * @param presented - The request's `redirect_uri`. May be left out where exactly one is registered
 *   (RFC 6749 §3.1.2.3), unless it is required.
 */
export function chooseRedirectUri(
  registered: readonly string[],
  presented: string | undefined,
  isRequired: boolean,
): Result<string, RedirectUriError> {
  if (presented === undefined) {
    const [only] = registered;
    const mayBeLeftOut = registered.length === 1 && !isRequired;
    return mayBeLeftOut && only !== undefined ? ok(only) : err('missing');
  }
  return isRedirectUriOf(registered, presented) ? ok(presented) : err('not_registered');
}

/** It is asked again after a wait, because the client may have changed its URIs meanwhile (RFC 9126 §7.4). */
export const isRedirectUriOf = (registered: readonly string[], uri: string): boolean =>
  registered.includes(uri) || isLoopbackOf(registered, uri);

/** An HTTP URI of this machine: what goes before the port, the port, and what goes after it. */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?::([1-9]\d{0,4}))?([/?][^#]*)?$/;

/** The port is left out of the comparison: native apps listen on any that is free (RFC 8252 §7.3). */
function isLoopbackOf(registered: readonly string[], presented: string): boolean {
  const address = withoutPort(presented);
  return address !== undefined && registered.some((uri) => withoutPort(uri) === address);
}

function withoutPort(uri: string): string | undefined {
  const match = LOOPBACK.exec(uri);
  if (match === null || Number(match[2] ?? 0) > 65_535) return undefined;
  return `${match[1]}${match[3] ?? ''}`;
}

/** Whether a URI leads to this machine over HTTP. */
export const isLoopback = (uri: string): boolean => withoutPort(uri) !== undefined;

const REASONS: Readonly<Record<RedirectUriError, string>> = {
  missing: 'The parameter redirect_uri is missing',
  not_registered: 'The redirect_uri is not registered for this client',
};

/** The redirect URI must be one of the client's. Errors may be sent there from now on. */
export function checkRedirectUri({ client, parameters }: ReceivedRequest): Partial<Draft> {
  const uri = chooseRedirectUri(
    client.redirectUris,
    parameters.get('redirect_uri'),
    // OpenID Connect Core §3.1.2.1
    isOpenIdRequest(parameters) || clientDemands(client).namedRedirect,
  );
  if (!uri.ok) throw new OAuthError('invalid_request', REASONS[uri.error]);
  return { redirectUri: uri.value, canAnswer: true, state: returnedState(parameters) };
}

/**
 * Where a request that cannot even be read or opened may be answered: at its redirect URI, or the one
 * beside its request object, if that is the client's. Refuses no other one: `checkRedirectUri` does.
 */
export function noteReturnAddress({ client, parameters }: ReceivedRequest): Partial<Draft> {
  parameters.assertReadable('redirect_uri');
  const uri = chooseRedirectUri(
    client.redirectUris,
    parameters.get('redirect_uri'),
    isOpenIdRequest(parameters),
  );
  if (!uri.ok) return {};
  return {
    redirectUri: uri.value,
    canAnswer: true,
    state: returnedState(parameters),
    responseMode: requestedResponseMode(client, parameters) ?? 'query',
  };
}

/** FAPI 2.0 Security Profile §5.3.2.2: `https`, or this machine (RFC 8252 §7.3). */
export function demandSecureRedirect({
  client,
  redirectUri,
}: Pick<Draft, 'client' | 'redirectUri'>): undefined {
  const isSecure = redirectUri.startsWith('https://') || isLoopback(redirectUri);
  if (clientDemands(client).secureRedirect && !isSecure) {
    throw new OAuthError('invalid_request', 'The redirect_uri must use https');
  }
}
