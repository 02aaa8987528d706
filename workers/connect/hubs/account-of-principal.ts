import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import { PAIRWISE_PREFIX } from '../../../shared/contracts/identity/oauth-terms.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';

export type AccountNeeds = { readonly identity: Pick<IdentityRpc, 'accountOf'> };

/**
 * The principal with the account behind its subject, by which operators and services find the user. Only
 * a pairwise subject hides it, and only of that identity is asked.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function withAccount(
  principal: SessionPrincipal,
  { identity }: AccountNeeds,
): Promise<SessionPrincipal> {
  const { subject } = principal;
  if (!subject.startsWith(PAIRWISE_PREFIX)) return principal;
  const userId = await orUnavailable('identity', async () => identity.accountOf(subject));
  return { ...principal, userId };
}
