/**
 * `private_key_jwt`: the client signs an assertion of its name (RFC 7523 §2.2, §3).
 *
 * Stricter than the RFC where it leaves room: an assertion is good for one use and five minutes, and
 * names nobody but us. A FAPI 2.0 client's names the issuer, as a string (FAPI 2.0 Security Profile
 * §5.3.2.1): an authorization server that it knows, too, cannot pass on what it was sent.
 *
 * @module
 */

import { toNumericDate } from '../../../../shared/clock.ts';
import { namesOnlyUs, timeFault, useUp } from '../client-jwt/assertion-rules.ts';
import { verifyClientJwt } from '../client-jwt/verify-client-jwt.ts';
import type { Client } from '../clients/client.ts';
import type { ClientAuthServices } from './client-auth-services.ts';

/** Seconds from now to `exp`, at most. */
const LONGEST_LIFE = 300;

export type AssertionRequest = {
  readonly client: Client;
  readonly assertion: string;
  /** The path of the endpoint that it was sent to. */
  readonly endpoint: string;
};

/** @returns Why the assertion is refused; `undefined` if it is good, and used up now. */
export async function assertionFault(
  { client, assertion, endpoint }: AssertionRequest,
  services: ClientAuthServices,
): Promise<string | undefined> {
  const { config, clock, clients } = services;
  const alg = client.tokenEndpointAuthSigningAlg;
  const verified = await verifyClientJwt(assertion, client, alg, clients);
  if (!verified.ok) return verified.error.reason;
  const { claims } = verified.value;
  const now = toNumericDate(clock());
  if (claims['iss'] !== client.clientId) return 'issuer';
  if (claims['sub'] !== client.clientId) return 'subject';
  if (!isForUs(claims['aud'], client, config.issuer, endpoint)) return 'audience';
  return (
    timeFault(claims, now, LONGEST_LIFE) ??
    useUp(claims, [client.clientId], now, services.ttlStore())
  );
}

function isForUs(aud: unknown, client: Client, issuer: string, endpoint: string): boolean {
  return client.profile === 'none' ? namesOnlyUs(aud, issuer, endpoint) : aud === issuer;
}
