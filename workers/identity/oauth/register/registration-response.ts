import { toNumericDate } from '../../../../shared/clock.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { StoredClient } from '../clients/stored-client.ts';

type Credentials = {
  readonly issuer: string;
  /** As it was presented or made: only its hash is kept. */
  readonly registrationToken: string;
  /** A secret that was made just now. It is shown this once. */
  readonly issued: string | null;
};

/** RFC 7591 §3.2.1, RFC 7592 §3. */
export function registrationResponse(
  { clientId, metadata, createdAt }: StoredClient,
  { issuer, registrationToken, issued }: Credentials,
): JsonObject {
  // Which algorithm signs access tokens is between the deployment and its resource servers.
  const { access_token_signing_alg: _, ...registered } = metadata;
  return {
    client_id: clientId,
    client_id_issued_at: toNumericDate(createdAt),
    ...(issued === null ? {} : { client_secret: issued, client_secret_expires_at: 0 }),
    registration_access_token: registrationToken,
    registration_client_uri: registrationUri(issuer, clientId),
    ...registered,
  };
}

const registrationUri = (issuer: string, clientId: string): string =>
  `${issuer.replace(/\/$/, '')}/oauth2/register/${encodeURIComponent(clientId)}`;
