import type { Confirmation } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { Client } from '../clients/client.ts';
import type { SenderProof } from '../token/grant.ts';
import type { Party } from './party.ts';

/**
 * Why a client may not exchange a token, although it is good: it was neither issued to it nor meant
 * for it, or it is bound to a key that the sender has not proved to hold (RFC 9449 §7, RFC 8705 §3).
 */
export function admissionFault(
  party: Pick<Party, 'clientId' | 'audiences' | 'confirmation'>,
  client: Client,
  proof: SenderProof,
): 'not_meant_for_client' | 'sender_unproven' | undefined {
  if (!isMeantForClient(party, client)) return 'not_meant_for_client';
  return isProved(party.confirmation, proof) ? undefined : 'sender_unproven';
}

/** A client is the resource server of what an administrator listed for it, and of its own name. */
function isMeantForClient(
  { clientId, audiences }: Pick<Party, 'clientId' | 'audiences'>,
  client: Client,
): boolean {
  const names: readonly string[] = [client.clientId, ...(client.resources ?? [])];
  return clientId === client.clientId || audiences.some((audience) => names.includes(audience));
}

function isProved(bound: Confirmation | null, proof: SenderProof): boolean {
  const { jkt, 'x5t#S256': certificate } = bound ?? {};
  return (
    (jkt === undefined || jkt === proof.dpopJkt) &&
    (certificate === undefined || certificate === proof.certificateThumbprint)
  );
}
