import type { Background } from '../../../../shared/revocation/refresher.ts';
import { unseal } from '../../../../shared/tokens/refresh-token.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { introspectAccessToken } from './introspect-access-token.ts';
import { introspectRefreshToken } from './introspect-refresh-token.ts';
import type { Introspection } from './introspection.ts';

/**
 * Describes a token (RFC 7662 §2.2). Any client that can prove who it is may ask about an access
 * token that it holds: as resource servers do. `token_type_hint` is not needed: the two kinds of
 * token never look alike.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if what is asked cannot be found out: that is no "no".
 */
export async function introspect(
  token: string,
  client: Pick<Client, 'clientId'>,
  background: Background,
  services: Services,
): Promise<Introspection> {
  const refreshToken = await unseal(await services.sealingKeys(), token);
  return refreshToken === undefined
    ? introspectAccessToken(token, background, services)
    : introspectRefreshToken(refreshToken, client, services);
}
