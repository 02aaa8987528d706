/**
 * What a client may do with its own registration (RFC 7592 §2).
 *
 * @module
 */

import { equalBytes } from '../../../../shared/bytes.ts';
import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { StoredClient } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import { hashSecret, secretsFor } from '../clients/client-secrets.ts';
import type { ClientStore } from '../clients/client-store.ts';
import { sectorOf } from '../clients/pairwise-sector.ts';
import { readStoredClient } from '../clients/read-stored-client.ts';
import {
  presentedToken,
  type ReadRegistrationNeeds,
  readRegistration,
  refuseToken,
  registrationResponse,
} from './register-client.ts';

export type ManageRegistrationNeeds = ReadRegistrationNeeds & {
  readonly config: { readonly issuer: string };
  readonly clock: Clock;
  readonly clients: Pick<ClientDirectory, 'forget'>;
  readonly clientStore: () => Pick<ClientStore, 'find' | 'replace' | 'delete'>;
};

/** A registration, and its access token, which the request has presented. */
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
  { clientStore }: Pick<ManageRegistrationNeeds, 'clientStore'>,
): Promise<Owned> {
  const { token, hash } = await presentedToken(headers);
  const id = ClientId.parse(clientId);
  const client = id && (await orUnavailable('the database', async () => clientStore().find(id)));
  const registered = client?.registrationAccessTokenHash;
  if (client?.status !== 'active' || !registered || !equalBytes(registered, hash)) {
    throw refuseToken('The registration access token is not valid');
  }
  return { client, token };
}

/** RFC 7592 §2.1. */
export const readOwn = (
  { client, token }: Owned,
  { config }: Pick<ManageRegistrationNeeds, 'config'>,
): JsonObject =>
  registrationResponse(client, {
    issuer: config.issuer,
    registrationToken: token,
    issued: null,
  });

/**
 * Replaces the whole registration (RFC 7592 §2.2): what is left out is deleted.
 *
 * @throws {OAuthError}
 */
export async function replaceOwn(
  { client, token }: Owned,
  body: JsonObject,
  needs: ManageRegistrationNeeds,
): Promise<JsonObject> {
  await checkUpdate(client, body);
  const read = await readRegistration(body, client.profile, needs);
  const metadata = { ...read, ...administeredMembers(client) };
  requireSameSector(client, metadata);
  const { secrets, issued } = await secretsFor(metadata, client.secrets);
  const { config, clock, clients, clientStore } = needs;
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

/** What only an administrator can set stays when the client replaces its registration. */
const administeredMembers = ({
  metadata: { access_token_signing_alg: alg },
}: StoredClient): JsonObject => (alg === undefined ? {} : { access_token_signing_alg: alg });

/**
 * In another sector a pairwise client would know all of its users by other subjects, as if they had never
 * been there (OpenID Connect Core §8.1).
 */
function requireSameSector(before: StoredClient, metadata: JsonObject): void {
  const [was, is] = [readStoredClient(before), readStoredClient({ ...before, metadata })];
  const arePairwise = was.subjectType === 'pairwise' && is.subjectType === 'pairwise';
  if (!arePairwise || sectorOf(was) === sectorOf(is)) return;
  throw new OAuthError(
    'invalid_client_metadata',
    'The host of redirect_uris or sector_identifier_uri must stay, because the pairwise subjects depend on it',
  );
}

/** Members of the answer that a client must not send back (RFC 7592 §2.2). */
const ANSWERED_MEMBERS = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

async function checkUpdate(client: StoredClient, body: JsonObject): Promise<void> {
  if (body['client_id'] !== client.clientId) {
    throw new OAuthError('invalid_request', 'client_id must be the client’s own');
  }
  const refused = ANSWERED_MEMBERS.find((member) => member in body);
  if (refused !== undefined) throw new OAuthError('invalid_request', `${refused} must not be sent`);
  const secret = body['client_secret'];
  if (secret === undefined) return;
  const hash = typeof secret === 'string' ? await hashSecret(secret) : undefined;
  if (hash === undefined || !client.secrets.some((one) => equalBytes(one.hash, hash))) {
    throw new OAuthError('invalid_request', 'client_secret must be the current one');
  }
}

/**
 * Deletes the client (RFC 7592 §2.3): its tokens can no longer be refreshed, and its id names no
 * client.
 */
export async function deleteOwn(
  { client: { clientId } }: Owned,
  { clients, clientStore }: Pick<ManageRegistrationNeeds, 'clients' | 'clientStore'>,
): Promise<void> {
  await orUnavailable('the database', async () => clientStore().delete(clientId));
  clients.forget(clientId);
}
