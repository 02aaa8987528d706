import type { Bytes } from '../../../../shared/bytes.ts';
import { toNumericDate } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { ClientProfile, StoredClient } from '../clients/client.ts';
import { readClientMetadata } from '../clients/client-metadata.ts';
import { hashSecret, newSecret, secretsFor } from '../clients/client-secrets.ts';
import type { ClientMetadata } from '../clients/metadata-members.ts';
import { checkSector } from '../clients/pairwise-sector.ts';

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

export type PresentedToken = { readonly token: string; readonly hash: Bytes };

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The token of the `authorization` header (RFC 6750 §2.1).
 *
 * @throws {OAuthError} `invalid_token` if there is none.
 */
export async function presentedToken(headers: Headers): Promise<PresentedToken> {
  const token = BEARER.exec(headers.get('authorization') ?? '')?.[1];
  // RFC 6750 §3: the challenge names no error where the request carried no token at all.
  if (token === undefined) throw refuseToken('A token is required', 'Bearer');
  return { token, hash: await hashSecret(token) };
}

export const refuseToken = (
  description: string,
  challenge = 'Bearer error="invalid_token"',
): OAuthError =>
  new OAuthError('invalid_token', description, { headers: { 'www-authenticate': challenge } });
