import type { Bytes } from '../../../../shared/bytes.ts';
import { type Clock, toNumericDate } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import type { SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { ClientProfile, StoredClient } from '../clients/client.ts';
import { readClientMetadata } from '../clients/client-metadata.ts';
import { hashSecret, newSecret, secretsFor } from '../clients/client-secrets.ts';
import type { ClientStore } from '../clients/client-store.ts';
import type { ClientMetadata } from '../clients/metadata-members.ts';
import { checkSector } from '../clients/pairwise-sector.ts';
import type { InitialAccessTokenStore } from './initial-access-token-store.ts';

export type RegisterClientNeeds = AdmitNeeds &
  ReadRegistrationNeeds & {
    readonly config: { readonly issuer: string };
    readonly clientStore: () => Pick<ClientStore, 'create'>;
  };

type AdmitNeeds = {
  readonly config: {
    readonly oauth: {
      /** Who may register a client (RFC 7591 §3). */
      readonly registration: 'off' | 'initial_access_token' | 'open';
    };
  };
  readonly clock: Clock;
  readonly initialAccessTokens: () => Pick<InitialAccessTokenStore, 'isUsable' | 'use'>;
};

export type ReadRegistrationNeeds = {
  readonly config: { readonly oauth: SafeUrlRules };
  readonly fetchSafely: SafeFetch;
};

/**
 * Registers a client that asks for it (RFC 7591 §3).
 *
 * @param readBody - Is called once it is known that the sender may register at all.
 * @throws {OAuthError} As §3.2.2 and RFC 6750 §3.1 say.
 */
export async function registerClient(
  headers: Headers,
  readBody: () => Promise<JsonObject>,
  needs: RegisterClientNeeds,
): Promise<JsonObject> {
  const claimUse = await admitRegistration(headers, needs);
  const metadata = await readRegistration(await readBody(), 'none', needs);
  await claimUse();
  return createClient(metadata, needs);
}

/**
 * Judges whether the sender may register.
 *
 * @returns What counts the use of its initial access token. It is called once the metadata is accepted.
 */
async function admitRegistration(
  headers: Headers,
  { config, clock, initialAccessTokens }: AdmitNeeds,
): Promise<() => Promise<void>> {
  const mode = config.oauth.registration;
  if (mode === 'open') return async () => undefined;
  if (mode === 'off') {
    throw new OAuthError('access_denied', 'Clients cannot register here', { status: 403 });
  }
  const { hash } = await presentedToken(headers);
  const demand = async (method: 'isUsable' | 'use') => {
    const isValid = await orUnavailable('the database', async () =>
      initialAccessTokens()[method](hash, clock()),
    );
    if (!isValid) throw refuseToken('The initial access token is not valid');
  };
  await demand('isUsable');
  return async () => demand('use');
}

/**
 * Reads metadata that a client sent for itself.
 *
 * @param profile - What an administrator has set, which the client cannot undo.
 */
export async function readRegistration(
  body: JsonObject,
  profile: ClientProfile,
  { config, fetchSafely }: ReadRegistrationNeeds,
): Promise<ClientMetadata> {
  const { allowLoopback } = config.oauth;
  const reading = { source: 'client', profile, allowLoopback } as const;
  const metadata = readClientMetadata(body, reading);
  await checkSector(metadata, fetchSafely);
  return metadata;
}

async function createClient(
  metadata: ClientMetadata,
  { config, clock, clientStore }: RegisterClientNeeds,
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
      pkceOptional: false,
      cibaAllowed: false,
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
  /** As it was presented or made: only its hash is stored. */
  readonly registrationToken: string;
  /** A secret that was made just now and is shown only once. `null`: none was made. */
  readonly issued: string | null;
};

/** RFC 7591 §3.2.1, RFC 7592 §3. */
export function registrationResponse(
  { clientId, metadata, createdAt }: StoredClient,
  { issuer, registrationToken, issued }: Credentials,
): JsonObject {
  // Which algorithm signs access tokens is not told: an administrator sets it, the client cannot.
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
  `${issuer}/oauth2/register/${encodeURIComponent(clientId)}`;

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
