import type { RelyingPartyLogout } from '../../../../shared/contracts/relying-party.ts';
import type { Services } from '../../context.ts';

/** Tells relying parties that a session has ended (OpenID Connect Back-Channel Logout §2.5). */
export async function logoutRelyingParties(
  { sessionId, parties }: RelyingPartyLogout,
  { log }: Pick<Services, 'log'>,
): Promise<void> {
  const clientIds = parties.map((party) => party.clientId);
  log({
    event: 'logout.relying_parties',
    level: 'info',
    sessionId,
    clientIds: clientIds.join(' '),
  });
}
