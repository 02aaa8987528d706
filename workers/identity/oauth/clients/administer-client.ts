/**
 * What an administrator does with clients. The routes are in `api/oauth-admin/clients.ts`.
 *
 * @module
 */

import type { Clock, Millis } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import type { SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { ClientProfile, StoredClient } from './client.ts';
import type { ClientDirectory } from './client-directory.ts';
import { judgeClientMetadata } from './client-metadata.ts';
import { newSecret, rotateSecrets, secretsFor } from './client-secrets.ts';
import type { ClientStore } from './client-store.ts';
import type { ClientMetadata } from './metadata-members.ts';
import { checkSector } from './pairwise-sector.ts';
import { confirmNoService, type ServiceAudienceNeeds } from './service-audiences.ts';

export type AdministerClientNeeds = JudgeNeeds &
  ServiceAudienceNeeds & {
    readonly config: { readonly clientId: string };
    readonly clock: Clock;
    readonly clients: Pick<ClientDirectory, 'forget'>;
    readonly clientStore: () => ClientStore;
  };

type JudgeNeeds = {
  readonly config: { readonly oauth: SafeUrlRules };
  readonly fetchSafely: SafeFetch;
};

export type ClientSettings = {
  readonly clientId?: string | undefined;
  readonly metadata: JsonObject;
  readonly profile?: ClientProfile | undefined;
  readonly skipConsent?: boolean | undefined;
  readonly resources?: readonly string[] | null | undefined;
  readonly pkceOptional?: boolean | undefined;
  readonly cibaAllowed?: boolean | undefined;
};

export type ClientChange = Omit<ClientSettings, 'clientId' | 'metadata'> & {
  readonly metadata?: JsonObject | undefined;
  readonly status?: StoredClient['status'] | undefined;
};

/** `issued` is a secret that was made just now and is shown only once. `null`: none was made. */
export type Administered = { readonly client: StoredClient; readonly issued: string | null };

/** @throws {Problem} `VALIDATION_ERROR`, or `CONFLICT` if the id is taken. */
export async function createAdministered(
  settings: ClientSettings,
  needs: AdministerClientNeeds,
): Promise<Administered> {
  const { profile = 'none', skipConsent = false, resources = null } = settings;
  const { pkceOptional = false, cibaAllowed = false } = settings;
  const clientId = ClientId.restore(settings.clientId ?? crypto.randomUUID());
  if (clientId === needs.config.clientId) throw new Problem('CONFLICT');
  const metadata = await judge(settings.metadata, profile, needs);
  const { secrets, issued } = await secretsFor(metadata, []);
  const created = await orUnavailable('the database', async () =>
    needs.clientStore().create({
      clientId,
      source: 'administered',
      metadata,
      secrets,
      profile,
      skipConsent,
      resources,
      pkceOptional,
      cibaAllowed,
      status: 'active',
      registrationAccessTokenHash: null,
      createdAt: needs.clock(),
    }),
  );
  if (!created.ok) throw new Problem('CONFLICT');
  // A random id is the audience of no service.
  if (settings.clientId !== undefined) {
    await confirmNoService(clientId, async () => needs.clientStore().delete(clientId), needs);
  }
  return { client: created.value, issued };
}

/** @throws {Problem} `NOT_FOUND`, `VALIDATION_ERROR`, or `CONFLICT` if it changed meanwhile. */
export async function changeAdministered(
  clientId: string,
  change: ClientChange,
  needs: AdministerClientNeeds,
): Promise<Administered> {
  const before = await findAdministered(clientId, needs);
  const profile = change.profile ?? before.profile;
  const { metadata, secrets, issued } = await changeMetadata(change, before, needs);
  const { skipConsent = before.skipConsent, status = before.status } = change;
  const { pkceOptional = before.pkceOptional, cibaAllowed = before.cibaAllowed } = change;
  const resources = change.resources === undefined ? before.resources : change.resources;
  const exceptions = { pkceOptional, cibaAllowed };
  const changes = { metadata, secrets, profile, skipConsent, resources, status, ...exceptions };
  return { client: await save({ ...before, ...changes }, needs), issued };
}

/**
 * What stays as it is, is not judged again: a client whose metadata a later rule forbids can still be
 * disabled.
 */
async function changeMetadata(
  { metadata, profile }: ClientChange,
  before: StoredClient,
  needs: JudgeNeeds,
): Promise<Pick<StoredClient, 'metadata' | 'secrets'> & Pick<Administered, 'issued'>> {
  if (metadata === undefined && profile === undefined) return { ...before, issued: null };
  const judged = await judge(metadata ?? before.metadata, profile ?? before.profile, needs);
  return { metadata: judged, ...(await secretsFor(judged, before.secrets)) };
}

/**
 * @param grace - For how long the secret before stays valid.
 * @throws {Problem} As {@link changeAdministered}; `CONFLICT` if the client has no secrets.
 */
export async function rotateSecret(
  clientId: string,
  grace: Millis,
  needs: AdministerClientNeeds,
): Promise<Administered> {
  const before = await findAdministered(clientId, needs);
  if (before.secrets.length === 0) {
    throw new Problem('CONFLICT', { detail: 'The client authenticates without a secret.' });
  }
  const { secret, hash } = await newSecret();
  const secrets = rotateSecrets(before.secrets, hash, needs.clock() + grace);
  return { client: await save({ ...before, secrets }, needs), issued: secret };
}

/** @throws {Problem} `NOT_FOUND` */
export async function deleteAdministered(
  clientId: string,
  { clients, clientStore }: Pick<AdministerClientNeeds, 'clients' | 'clientStore'>,
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
  { clientStore }: Pick<AdministerClientNeeds, 'clientStore'>,
): Promise<StoredClient> {
  const id = ClientId.parse(clientId);
  const client = id && (await orUnavailable('the database', async () => clientStore().find(id)));
  if (client === undefined) throw new Problem('NOT_FOUND');
  return client;
}

async function save(
  client: StoredClient,
  { clients, clientStore, clock }: AdministerClientNeeds,
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
  { config, fetchSafely }: JudgeNeeds,
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
