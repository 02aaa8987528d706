import { importPKCS8, SignJWT } from 'jose';
import * as z from 'zod';
import { type Clock, type Millis, toNumericDate } from '../../../../shared/clock.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { SocialFault } from '../fault.ts';
import { parseJson, sendToProvider } from '../providers/ask-provider.ts';
import type {
  AppleKey,
  ClientCredential,
  OAuth2Provider,
  OidcProvider,
} from '../providers/provider.ts';

export type ProviderTokens = {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  /** Seconds. */
  readonly expiresIn: number | undefined;
};

export type CodeExchange = {
  readonly tokenEndpoint: string;
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
};

const Reply = z.object({
  access_token: z.string().min(1).max(16_384),
  refresh_token: z.string().min(1).max(16_384).optional(),
  id_token: z.string().min(1).max(32_768).optional(),
  expires_in: z.coerce.number().optional().catch(undefined),
});

/** An error code of the provider that may be logged. */
const Refusal = z.object({ error: z.string().regex(/^[\w.-]{1,64}$/) });

export type ExchangeCodeNeeds = { readonly clock: Clock; readonly fetchSafely: SafeFetch };

/** Exchanges an authorization code at the provider (RFC 6749 §4.1.3, RFC 7636 §4.5). */
export async function exchangeCode(
  { clientId, credential }: OidcProvider | OAuth2Provider,
  { tokenEndpoint, code, codeVerifier, redirectUri }: CodeExchange,
  { clock, fetchSafely }: ExchangeCodeNeeds,
): Promise<Result<ProviderTokens, SocialFault>> {
  const authentication = await authenticate(clientId, credential, clock());
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
    ...authentication.fields,
  });
  const answer = await sendToProvider(fetchSafely, tokenEndpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...authentication.headers,
    },
    body: form.toString(),
  });
  return answer.ok ? readReply(answer.value.status, parseJson(answer.value.body)) : answer;
}

/** A refusal is recognised by its body first: GitHub answers its refusals with 200. */
function readReply(status: number, body: unknown): Result<ProviderTokens, SocialFault> {
  const refusal = Refusal.safeParse(body);
  if (refusal.success || status !== 200) {
    const detail = refusal.success ? refusal.data.error : `status ${status}`;
    return err({ reason: 'provider_refused', detail: `token endpoint: ${detail}` });
  }
  const reply = Reply.safeParse(body);
  if (!reply.success) {
    return err({ reason: 'provider_unavailable', detail: 'token endpoint: another shape' });
  }
  const { access_token, refresh_token, id_token, expires_in } = reply.data;
  return ok({
    accessToken: access_token,
    refreshToken: refresh_token,
    idToken: id_token,
    expiresIn: expires_in,
  });
}

type Authentication = {
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
};

async function authenticate(
  clientId: string,
  credential: ClientCredential,
  now: Millis,
): Promise<Authentication> {
  if (credential.method === 'client_secret_basic') {
    const pair = `${formEncoded(clientId)}:${formEncoded(credential.secret)}`;
    return { fields: {}, headers: { authorization: `Basic ${btoa(pair)}` } };
  }
  const fields = { client_id: clientId };
  if (credential.method === 'none') return { fields, headers: {} };
  const secret =
    credential.method === 'apple_jwt'
      ? await appleSecret(credential, clientId, now)
      : credential.secret;
  return { fields: { ...fields, client_secret: secret }, headers: {} };
}

/** RFC 6749 §2.3.1: both are encoded before they are joined. */
const formEncoded = (text: string): string =>
  new URLSearchParams({ x: text }).toString().slice('x='.length);

/** Seconds. */
const LIFE = 300;
const AUDIENCE = 'https://appleid.apple.com';

/**
 * The client secret that Apple demands: a JWT that is signed with the key that Apple gave us. It is
 * made for each request, so that nobody need renew it every six months.
 */
async function appleSecret(
  { teamId, keyId, privateKey }: AppleKey,
  clientId: string,
  now: Millis,
): Promise<string> {
  const key = await importPKCS8(privateKey, 'ES256');
  const iat = toNumericDate(now);
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: keyId })
    .setIssuer(teamId)
    .setSubject(clientId)
    .setAudience(AUDIENCE)
    .setIssuedAt(iat)
    .setExpirationTime(iat + LIFE)
    .sign(key);
}
