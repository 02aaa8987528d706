import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import { checkSector } from '../clients/check-sector.ts';
import type { ClientProfile } from '../clients/client.ts';
import { readClientMetadata } from '../clients/client-metadata.ts';
import { newSecret, secretsFor } from '../clients/client-secrets.ts';
import type { ClientMetadata } from '../clients/metadata-defaults.ts';
import { OAuthError } from '../oauth-error.ts';
import { presentedToken, refuseToken } from './bearer.ts';
import { registrationResponse } from './registration-response.ts';

type Registering = Pick<
  Services,
  'config' | 'clock' | 'clientStore' | 'initialAccessTokens' | 'fetchSafely'
>;

/**
 * Registers a client that asks for it (RFC 7591 §3).
 *
 * @param readBody - Read once the sender may register at all.
 * @throws {OAuthError} As §3.2.2 and RFC 6750 §3.1 say.
 */
export async function registerClient(
  headers: Headers,
  readBody: () => Promise<JsonObject>,
  services: Registering,
): Promise<JsonObject> {
  const claimUse = await admitRegistration(headers, services);
  const metadata = await readRegistration(await readBody(), 'none', services);
  await claimUse();
  return createClient(metadata, services);
}

/** @returns Counts the use of what admitted it, once the metadata is known to be right. */
async function admitRegistration(
  headers: Headers,
  { config, clock, initialAccessTokens }: Registering,
): Promise<() => Promise<void>> {
  const mode = config.oauth.registration;
  if (mode === 'open') return async () => undefined;
  if (mode === 'off') {
    throw new OAuthError('access_denied', 'Clients cannot register here', { status: 403 });
  }
  const { hash } = await presentedToken(headers);
  const ask = (question: 'isUsable' | 'use') =>
    orUnavailable('the database', async () => initialAccessTokens()[question](hash, clock()));
  const demand = async (question: 'isUsable' | 'use') => {
    if (!(await ask(question))) throw refuseToken('The initial access token is not valid');
  };
  await demand('isUsable');
  return async () => demand('use');
}

/**
 * Reads metadata that a client sent for itself.
 *
 * @param profile - An administrator's wish, which the client cannot undo.
 */
export async function readRegistration(
  body: JsonObject,
  profile: ClientProfile,
  { config, fetchSafely }: Pick<Services, 'config' | 'fetchSafely'>,
): Promise<ClientMetadata> {
  const { allowLoopback } = config.oauth;
  const reading = { source: 'client', profile, allowLoopback } as const;
  const metadata = readClientMetadata(body, reading);
  await checkSector(metadata, fetchSafely);
  return metadata;
}

async function createClient(
  metadata: ClientMetadata,
  { config, clock, clientStore }: Registering,
): Promise<JsonObject> {
  const { secrets, issued } = await secretsFor(metadata, []);
  const registration = await newSecret();
  const created = await orUnavailable('the database', async () =>
    clientStore().create({
      clientId: ClientId.restore(crypto.randomUUID()),
      source: 'registered',
      metadata,
      secrets,
      profile: 'none',
      skipConsent: false,
      resources: null,
      status: 'active',
      registrationAccessTokenHash: registration.hash,
      createdAt: clock(),
    }),
  );
  if (!created.ok) throw new TypeError('Cannot register a client: its random id is taken');
  const { issuer } = config;
  const registrationToken = registration.secret;
  return registrationResponse(created.value, { issuer, registrationToken, issued });
}
