/**
 * Request objects: authorization requests as JWTs that the client signed (RFC 9101), by value or by
 * reference. CIBA's signed requests are judged by the same rules.
 *
 * @module
 */

import { fromUtf8 } from '../../../../shared/bytes.ts';
import { type Clock, type Millis, minutes, seconds } from '../../../../shared/clock.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { Parameters } from '../../platform/parameters.ts';
import { type SignedJwt, verifyClientJwt } from '../client-auth/client-jwt.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import type { Draft, ReceivedRequest } from './draft.ts';

export type RequestObjectNeeds = {
  readonly config: { readonly issuer: string };
  readonly clock: Clock;
  readonly clients: Pick<ClientDirectory, 'keysOf'>;
  readonly fetchSafely: SafeFetch;
};

/**
 * `request` and `request_uri`: once this stage has opened a request object, only what the client signed
 * counts, whatever stands beside it (RFC 9101 §5, §6.3).
 */
export async function openRequestObject(
  { client, parameters }: ReceivedRequest,
  needs: RequestObjectNeeds,
): Promise<Partial<Draft>> {
  const [value, uri] = [parameters.get('request'), parameters.get('request_uri')];
  if (value !== undefined && uri !== undefined) {
    throw new OAuthError('invalid_request', 'A request has a request or a request_uri, not both');
  }
  const token = uri === undefined ? value : await fetchRequestObject(uri, client, needs);
  if (token === undefined) return {};
  const signed = await verifyRequestObject(token, client, needs);
  signed.assertReadable('redirect_uri');
  assertSame(parameters, signed, 'response_type');
  // The redirect URI beside it may be another one than the client signed.
  return { parameters: signed, isSigned: true, canAnswer: false };
}

/** OpenID Connect Core §6.1: a parameter that is sent twice must have one value. */
function assertSame(beside: Parameters, signed: Parameters, name: string): void {
  const [one, other] = [beside.get(name), signed.get(name)];
  if (one !== undefined && other !== undefined && one !== other) {
    throw new OAuthError('invalid_request_object', `The request object has another ${name}`);
  }
}

/** As long as a parameter may be. */
const MAX_BYTES = 32_768;

/**
 * Fetches a request object by reference (RFC 9101 §5.2), and only from where the client has registered
 * one: nobody else chooses which URLs this server fetches (§10.4.1). A fragment is a hash of the content,
 * for caches, and is not part of what is fetched (OpenID Connect Core §6.2): nothing is cached here.
 *
 * @throws {OAuthError} `invalid_request_uri`
 */
async function fetchRequestObject(
  uri: string,
  { requestUris }: Client,
  { fetchSafely }: Pick<RequestObjectNeeds, 'fetchSafely'>,
): Promise<string> {
  const address = withoutFragment(uri);
  if (!requestUris.some((registered) => withoutFragment(registered) === address)) {
    throw uriRefused('The request_uri is not registered');
  }
  const request = { accept: 'application/oauth-authz-req+jwt', maxBytes: MAX_BYTES };
  const fetched = await fetchSafely(address, request);
  if (!fetched.ok || fetched.value.status !== 200) {
    throw uriRefused('The request_uri cannot be read');
  }
  try {
    return fromUtf8(fetched.value.body).trim();
  } catch {
    throw uriRefused('The request_uri holds no text');
  }
}

const withoutFragment = (uri: string): string => uri.replace(/#.*$/s, '');

const uriRefused = (description: string) => new OAuthError('invalid_request_uri', description);

/** RFC 9101 §10.8: `oauth-authz-req+jwt`, or what clients send that know no type. */
const TYPES: readonly unknown[] = [undefined, 'oauth-authz-req+jwt', 'JWT', 'jwt'];

/**
 * Verifies the signature of a request object by the client's keys and judges its claims (RFC 9101 §6).
 * There is no `none` (§10.1).
 *
 * @returns The parameters that count, instead of those beside it. Their faults are not refused here.
 * @throws {OAuthError} `invalid_request_object`
 */
async function verifyRequestObject(
  token: string,
  client: Client,
  { clients, clock, config }: Omit<RequestObjectNeeds, 'fetchSafely'>,
): Promise<Parameters> {
  const { header, claims } = await verifySignature(token, client, clients);
  if (!TYPES.includes(header['typ'])) throw objectRefused('its typ is another one');
  const judged = judgeRequestObject(claims, {
    clientId: client.clientId,
    issuer: config.issuer,
    now: clock(),
    isShortLived: client.profile === 'fapi2_message_signing',
    mustNameParties: client.profile !== 'none',
  });
  if (!judged.ok) throw objectRefused(judged.error);
  return requestObjectParameters(claims);
}

async function verifySignature(
  token: string,
  client: Client,
  clients: Pick<ClientDirectory, 'keysOf'>,
): Promise<SignedJwt> {
  try {
    const jwt = await verifyClientJwt(token, client, client.requestObjectSigningAlg, clients);
    if (jwt.ok) return jwt.value;
    throw objectRefused(`its signature cannot be verified (${jwt.error.reason})`);
  } catch (error) {
    // Keys that cannot be fetched: in a request by redirect nobody is authenticated.
    if (!(error instanceof OAuthError) || error.code !== 'invalid_client') throw error;
    throw objectRefused('the keys of the client cannot be read');
  }
}

const objectRefused = (reason: string) =>
  new OAuthError('invalid_request_object', `The request object is refused: ${reason}`);

/** What the clocks of two machines may differ by. */
const SKEW = seconds(10);
/** FAPI 2.0 Message Signing §5.3.1: `nbf` and `exp` are no further apart or away than this. */
const LONGEST_LIFE = minutes(60);

export type RequestObjectPolicy = {
  readonly clientId: string;
  readonly issuer: string;
  readonly now: Millis;
  /** `exp` and `nbf` must be there, and close (FAPI 2.0 Message Signing §5.3.1). */
  readonly isShortLived: boolean;
  /** `iss` and `aud` must be there (FAPI 2.0 Message Signing §5.3.1): elsewhere they SHOULD be. */
  readonly mustNameParties: boolean;
};

/**
 * Judges the claims about the request object itself: issuer, audience and times (RFC 9101 §4, §10.8; RFC
 * 7519 §4.1). Without `iss` and `aud` (OpenID Connect Core §6.1) the signature alone says whose it is.
 *
 * @returns What is wrong, for the client's developer.
 */
export function judgeRequestObject(
  claims: JsonObject,
  policy: RequestObjectPolicy,
): Result<undefined, string> {
  const { clientId } = policy;
  const party = partyFault(claims, policy);
  if (party !== undefined) return err(party);
  if ((claims['client_id'] ?? clientId) !== clientId) return err('its client_id is another one');
  // A client's assertion of itself has `sub`: it must not pass for a request (RFC 9101 §10.8).
  if (claims['sub'] === clientId) return err('its sub is the client');
  if (Object.hasOwn(claims, 'request') || Object.hasOwn(claims, 'request_uri')) {
    return err('it holds a request or request_uri');
  }
  const times = readTimes(claims);
  if (times === undefined) return err('a time is no number');
  const fault =
    timeFault(times, policy.now) ??
    (policy.isShortLived ? lifeFault(times, policy.now) : undefined);
  return fault === undefined ? ok(undefined) : err(fault);
}

function partyFault(
  { iss, aud }: JsonObject,
  { clientId, issuer, mustNameParties }: RequestObjectPolicy,
): string | undefined {
  const isAbsent = (claim: unknown) => claim === undefined && !mustNameParties;
  if (!isAbsent(iss) && iss !== clientId) return 'its iss is not the client';
  if (!isAbsent(aud) && ![aud].flat().includes(issuer)) return 'its aud is not this issuer';
  return undefined;
}

/** Milliseconds. */
type Times = Readonly<Record<'exp' | 'nbf' | 'iat', Millis | undefined>>;

function readTimes(claims: JsonObject): Times | undefined {
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map((name) => claims[name]);
  if (!isTime(exp) || !isTime(nbf) || !isTime(iat)) return undefined;
  return { exp: millis(exp), nbf: millis(nbf), iat: millis(iat) };
}

const millis = (time: number | undefined): Millis | undefined =>
  time === undefined ? undefined : seconds(time);

const isTime = (value: unknown): value is number | undefined =>
  value === undefined || typeof value === 'number';

function timeFault({ exp, nbf, iat }: Times, now: Millis): string | undefined {
  if (exp !== undefined && exp <= now - SKEW) return 'it has expired';
  if (nbf !== undefined && nbf > now + SKEW) return 'it is not valid yet';
  return iat !== undefined && iat > now + SKEW ? 'its iat is in the future' : undefined;
}

function lifeFault({ exp, nbf }: Times, now: Millis): string | undefined {
  if (exp === undefined || nbf === undefined) return 'it has no exp or no nbf';
  const isClose = exp - nbf <= LONGEST_LIFE && now - nbf <= LONGEST_LIFE + SKEW;
  return isClose ? undefined : 'it lives for more than 60 minutes';
}

/** The claims that are no parameters of the request. */
const JWT_CLAIMS: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub']);

/** Whose values are JSON (OpenID Connect Core §6.1, RFC 9396 §3). */
const JSON_PARAMETERS: ReadonlySet<string> = new Set(['claims', 'authorization_details']);

/** The parameters that a request object's claims are (RFC 9101 §4). A value that none has is a fault. */
export function requestObjectParameters(claims: JsonObject): Parameters {
  const members = Object.entries(claims)
    .filter(([name]) => !JWT_CLAIMS.has(name))
    .map(([name, value]) => [name, parameterValue(name, value)] as const);
  const faults = members.flatMap(([name, value]) =>
    value === null
      ? [{ name, error: objectRefused('it holds a value that no parameter has') }]
      : [],
  );
  const values = members.flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );
  return Parameters.of(Object.fromEntries(values), faults);
}

/** @returns `null`: it is no parameter. */
function parameterValue(name: string, value: unknown): string | readonly string[] | null {
  if (typeof value === 'string') return value === '' ? [] : wellFormed(value);
  if (JSON_PARAMETERS.has(name)) return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (name !== 'resource' || !Array.isArray(value)) return null;
  return value.every((one) => typeof one === 'string') ? value : null;
}

const wellFormed = (text: string): string | null =>
  text.isWellFormed() && !text.includes('\0') ? text : null;
