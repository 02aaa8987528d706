/**
 * What an administrator does with clients. The routes parse and answer.
 *
 * @module
 */

import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { ClientProfile, StoredClient } from './client.ts';
import { judgeClientMetadata } from './client-metadata.ts';
import { newSecret, rotateSecrets, secretsFor } from './client-secrets.ts';
import type { ClientMetadata } from './metadata-members.ts';
import { checkSector } from './pairwise-sector.ts';

type Administering = Pick<Services, 'config' | 'clock' | 'clients' | 'clientStore' | 'fetchSafely'>;

export type ClientWishes = {
  readonly clientId?: string | undefined;
  readonly metadata: JsonObject;
  readonly profile?: ClientProfile | undefined;
  readonly skipConsent?: boolean | undefined;
  readonly resources?: readonly string[] | null | undefined;
};

export type ClientChange = Omit<ClientWishes, 'clientId' | 'metadata'> & {
  readonly metadata?: JsonObject | undefined;
  readonly status?: StoredClient['status'] | undefined;
};

/** `issued`: a secret that was made just now, to be shown once. */
export type Administered = { readonly client: StoredClient; readonly issued: string | null };

/** @throws {Problem} `VALIDATION_ERROR`, or `CONFLICT` if the id is taken. */
export async function createAdministered(
  wishes: ClientWishes,
  services: Administering,
): Promise<Administered> {
  const { profile = 'none', skipConsent = false, resources = null } = wishes;
  const clientId = ClientId.restore(wishes.clientId ?? crypto.randomUUID());
  if (clientId === services.config.clientId) throw new Problem('CONFLICT');
  const metadata = await judge(wishes.metadata, profile, services);
  const { secrets, issued } = await secretsFor(metadata, []);
  const created = await orUnavailable('the database', async () =>
    services.clientStore().create({
      clientId,
      source: 'administered',
      metadata,
      secrets,
      profile,
      skipConsent,
      resources,
      status: 'active',
      registrationAccessTokenHash: null,
      createdAt: services.clock(),
    }),
  );
  if (!created.ok) throw new Problem('CONFLICT');
  return { client: created.value, issued };
}

/** @throws {Problem} `NOT_FOUND`, `VALIDATION_ERROR`, or `CONFLICT` if it changed meanwhile. */
export async function changeAdministered(
  clientId: string,
  change: ClientChange,
  services: Administering,
): Promise<Administered> {
  const before = await findAdministered(clientId, services);
  const profile = change.profile ?? before.profile;
  const metadata = await judge(change.metadata ?? before.metadata, profile, services);
  const { secrets, issued } = await secretsFor(metadata, before.secrets);
  const { skipConsent = before.skipConsent, status = before.status } = change;
  const resources = change.resources === undefined ? before.resources : change.resources;
  const changes = { metadata, secrets, profile, skipConsent, resources, status };
  return { client: await save({ ...before, ...changes }, services), issued };
}

/**
 * @param grace - For how long the secret before stays valid, in milliseconds.
 * @throws {Problem} As {@link changeAdministered}; `CONFLICT` if the client has no secrets.
 */
export async function rotateSecret(
  clientId: string,
  grace: number,
  services: Administering,
): Promise<Administered> {
  const before = await findAdministered(clientId, services);
  if (before.secrets.length === 0) {
    throw new Problem('CONFLICT', { detail: 'The client authenticates without a secret.' });
  }
  const { secret, hash } = await newSecret();
  const secrets = rotateSecrets(before.secrets, hash, services.clock() + grace);
  return { client: await save({ ...before, secrets }, services), issued: secret };
}

/** @throws {Problem} `NOT_FOUND` */
export async function deleteAdministered(
  clientId: string,
  { clients, clientStore }: Administering,
): Promise<void> {
  const id = ClientId.parse(clientId);
  const isDeleted =
    id && (await orUnavailable('the database', async () => clientStore().delete(id)));
  if (id !== undefined) clients.forget(id);
  if (isDeleted !== true) throw new Problem('NOT_FOUND');
}

/** @throws {Problem} `NOT_FOUND` */
export async function findAdministered(
  clientId: string,
  { clientStore }: Pick<Services, 'clientStore'>,
): Promise<StoredClient> {
  const id = ClientId.parse(clientId);
  const client = id && (await orUnavailable('the database', async () => clientStore().find(id)));
  if (client === undefined) throw new Problem('NOT_FOUND');
  return client;
}

async function save(
  client: StoredClient,
  { clients, clientStore, clock }: Administering,
): Promise<StoredClient> {
  const saved = await orUnavailable('the database', async () =>
    clientStore().replace(client, clock()),
  );
  clients.forget(client.clientId);
  if (saved === undefined) throw new Problem('CONFLICT');
  return saved;
}

async function judge(
  input: JsonObject,
  profile: ClientProfile,
  { config, fetchSafely }: Administering,
): Promise<ClientMetadata> {
  const { allowLoopback } = config.oauth;
  const judged = judgeClientMetadata(input, { source: 'administrator', profile, allowLoopback });
  if (!judged.ok) throw invalid(judged.error.member, judged.error.fault);
  try {
    await checkSector(judged.value, fetchSafely);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw invalid('sector_identifier_uri', error.options.description ?? '');
  }
  return judged.value;
}

const invalid = (member: string, message: string): Problem =>
  new Problem('VALIDATION_ERROR', { errors: [{ path: `metadata.${member}`, message }] });
