import { toNumericDate } from '../../../../shared/clock.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { signForClient } from '../responses/sign-for-client.ts';
import type { Introspection } from './introspection.ts';

/**
 * Signs an introspection for the client that asked (RFC 9701 §5). What is said of the token is in a
 * claim of its own, so that the answer can pass for no token itself (§8.1).
 *
 * @throws As {@link signForClient}.
 */
export function signIntrospection(
  introspection: Introspection,
  client: Client,
  services: Pick<Services, 'config' | 'clock' | 'keys' | 'clients'>,
): Promise<string> {
  const { introspectionSignedResponseAlg: alg, introspectionEncryption: encryption } = client;
  const iat = toNumericDate(services.clock());
  const claims = { iat, token_introspection: introspection };
  return signForClient(
    { typ: 'token-introspection+jwt', alg, encryption, claims },
    client,
    services,
  );
}
