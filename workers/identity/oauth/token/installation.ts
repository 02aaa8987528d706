import type { Confirmation } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { Installation } from '../../../../shared/contracts/identity/user-sessions.ts';
import { requestInstallation } from '../../sign-in/request-origin.ts';
import { isPublicClient } from '../clients/client.ts';
import type { TokenRequest } from './grant.ts';
import { confirmationOf } from './sender-proof.ts';

/**
 * What refresh tokens are bound to: the key of a public client, which has nothing else to prove who it
 * is (RFC 9449 §5, RFC 8705 §4).
 */
export const refreshConfirmation = ({ client, proof }: TokenRequest): Confirmation | null =>
  isPublicClient(client) ? confirmationOf(proof) : null;

/** Which installation asks: its key, where refresh tokens are bound to one. */
export function tokenInstallation(request: TokenRequest): Promise<Installation> {
  const { origin, device, client } = request;
  const bound = refreshConfirmation(request);
  const key = bound?.jkt ?? bound?.['x5t#S256'];
  const installationId = key === undefined ? device.installationId : `jkt:${key}`;
  return requestInstallation(origin, { ...device, installationId }, client.clientId);
}
