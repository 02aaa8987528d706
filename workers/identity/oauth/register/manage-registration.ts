/**
 * What a client may do with its own registration (RFC 7592 §2).
 *
 * @module
 */

import { equalBytes } from '../../../../shared/bytes.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { StoredClient } from '../clients/client.ts';
import { hashSecret, secretsFor } from '../clients/client-secrets.ts';
import {
  presentedToken,
  readRegistration,
  refuseToken,
  registrationResponse,
} from './register-client.ts';

type Managing = Pick<Services, 'config' | 'clock' | 'clients' | 'clientStore' | 'fetchSafely'>;

/** A registration whose owner is here. */
type Owned = { readonly client: StoredClient; readonly token: string };

/**
 * Finds the registration that a request is about, by its registration access token.
 *
 * @throws {OAuthError} `invalid_token`, the same for a wrong token, an unknown client, and one that
 *   only an administrator manages.
 */
export async function ownRegistration(
  headers: Headers,
  clientId: string,
  { clientStore }: Pick<Services, 'clientStore'>,
): Promise<Owned> {
  const { token, hash } = await presentedToken(headers);
  const id = ClientId.parse(clientId);
  const client = id && (await orUnavailable('the database', async () => clientStore().find(id)));
  const known = client?.registrationAccessTokenHash;
  if (client?.status !== 'active' || !known || !equalBytes(known, hash)) {
    throw refuseToken('The registration access token is not valid');
  }
  return { client, token };
}

/** RFC 7592 §2.1. */
export const readOwn = ({ client, token }: Owned, { config }: Managing): JsonObject =>
  registrationResponse(client, {
    issuer: config.issuer,
    registrationToken: token,
    issued: null,
  });

/**
 * RFC 7592 §2.2: replaces all of it. What is left out is deleted.
 *
 * @throws {OAuthError}
 */
export async function replaceOwn(
  { client, token }: Owned,
  body: JsonObject,
  services: Managing,
): Promise<JsonObject> {
  await checkUpdate(client, body);
  const read = await readRegistration(body, client.profile, services);
  const metadata = { ...read, ...administeredMembers(client) };
  const { secrets, issued } = await secretsFor(metadata, client.secrets);
  const { config, clock, clients, clientStore } = services;
  const changed = await orUnavailable('the database', async () =>
    clientStore().replace({ ...client, metadata, secrets }, clock()),
  );
  clients.forget(client.clientId);
  if (changed === undefined) {
    throw new OAuthError('temporarily_unavailable', 'It was changed by another request', {
      retryAfter: 1,
    });
  }
  return registrationResponse(changed, {
    issuer: config.issuer,
    registrationToken: token,
    issued,
  });
}

/** What only an administrator can set outlives what the client says of itself. */
const administeredMembers = ({
  metadata: { access_token_signing_alg: alg },
}: StoredClient): JsonObject => (alg === undefined ? {} : { access_token_signing_alg: alg });

const OURS = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

async function checkUpdate(client: StoredClient, body: JsonObject): Promise<void> {
  if (body['client_id'] !== client.clientId) {
    throw new OAuthError('invalid_request', 'client_id must be the client’s own');
  }
  const refused = OURS.find((member) => member in body);
  if (refused !== undefined) throw new OAuthError('invalid_request', `${refused} must not be sent`);
  const secret = body['client_secret'];
  if (secret === undefined) return;
  const hash = typeof secret === 'string' ? await hashSecret(secret) : undefined;
  if (hash === undefined || !client.secrets.some((one) => equalBytes(one.hash, hash))) {
    throw new OAuthError('invalid_request', 'client_secret must be the current one');
  }
}

/** RFC 7592 §2.3: its tokens are refreshed no more, and its id is nobody’s. */
export async function deleteOwn(
  { client: { clientId } }: Owned,
  { clients, clientStore }: Managing,
): Promise<void> {
  await orUnavailable('the database', async () => clientStore().delete(clientId));
  clients.forget(clientId);
}
