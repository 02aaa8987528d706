/**
 * JWTs that clients, and others whose keys we hold, sign: assertions, request objects, backchannel
 * requests.
 *
 * @module
 */

import { err, ok, type Result } from '../../../../shared/result.ts';
import { isJwsAlgorithm, type JwsAlgorithm } from '../../../../shared/tokens/algorithms.ts';
import { type DecodedJws, decodeJws, isSignedBy } from '../../../../shared/tokens/jws.ts';
import { type JsonObject, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import type { JwsFormatError } from '../../../../shared/tokens/token-error.ts';
import {
  importVerificationKey,
  type VerificationKey,
} from '../../../../shared/tokens/verification-keys.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';

/** FAPI 2.0 Security Profile §5.4.1. */
const FAPI_ALGORITHMS: readonly JwsAlgorithm[] = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];

/** What clients may sign with: asymmetric, all of them. */
export const CLIENT_JWT_ALGORITHMS: readonly JwsAlgorithm[] = [
  ...FAPI_ALGORITHMS,
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS384',
  'PS512',
];

/**
 * Verifies the signature with the client's keys. Does NOT judge a claim, nor `typ`.
 *
 * @param registeredAlg - The one algorithm that the client registered for this kind of JWT.
 * @throws {OAuthError} `invalid_client` if the client's keys cannot be fetched.
 */
export function verifyClientJwt(
  text: string,
  client: Client,
  registeredAlg: string | null,
  clients: Pick<ClientDirectory, 'keysOf'>,
): Promise<Result<SignedJwt, SignedJwtError>> {
  return verifySignedJwt(text, {
    algorithms: algorithmsOf(client, registeredAlg),
    areRemote: client.jwksUri !== null,
    keys: (refresh) => clients.keysOf(client, refresh),
  });
}

function algorithmsOf({ profile }: Client, registered: string | null): readonly JwsAlgorithm[] {
  const allowed = profile === 'none' ? CLIENT_JWT_ALGORITHMS : FAPI_ALGORITHMS;
  return registered === null ? allowed : allowed.filter((alg) => alg === registered);
}

export type SignedJwt = { readonly header: JsonObject; readonly claims: JsonObject };

type SignedJwtError =
  | JwsFormatError
  | { readonly reason: 'algorithm_refused' }
  | { readonly reason: 'key_unknown' }
  | { readonly reason: 'signature_invalid' };

/** Who is to have signed. */
export type JwtSigner = {
  /** What they may sign with. */
  readonly algorithms: readonly JwsAlgorithm[];
  /** Whether the keys are fetched from elsewhere, so that there may be newer ones. */
  readonly areRemote: boolean;
  /** @param refresh - Fetch them again: a signature named a `kid` that the cached keys lack. */
  keys(refresh: boolean): Promise<readonly JsonObject[]>;
};

const MAX_LENGTH = 32_768;

/**
 * Verifies the signature with the signer's keys. Does NOT judge a claim, nor `typ`.
 *
 * @throws What `signer.keys` throws.
 */
export async function verifySignedJwt(
  text: string,
  signer: JwtSigner,
): Promise<Result<SignedJwt, SignedJwtError>> {
  const decoded = decodeJws(text, MAX_LENGTH);
  if (!decoded.ok) return decoded;
  const { header } = decoded.value;
  const member = SENDERS_KEYS.find((name) => Object.hasOwn(header, name));
  if (member !== undefined) return err({ reason: 'header_refused', member });
  const { alg } = header;
  if (!isJwsAlgorithm(alg) || !signer.algorithms.includes(alg)) {
    return err({ reason: 'algorithm_refused' });
  }
  const keys = await keysFor(header, alg, signer);
  return keys.length === 0 ? err({ reason: 'key_unknown' }) : signedByOne(keys, decoded.value);
}

/** Members with which a sender could name keys of its own. */
const SENDERS_KEYS = ['jwk', 'jku', 'x5u', 'x5c'];

/** A `kid` that the cached keys lack may be new, so they are fetched again, once. */
async function keysFor(
  header: JsonObject,
  alg: JwsAlgorithm,
  signer: JwtSigner,
): Promise<readonly VerificationKey[]> {
  const cached = await fittingKeys(await signer.keys(false), header, alg);
  if (cached.length > 0 || !signer.areRemote) return cached;
  return fittingKeys(await signer.keys(true), header, alg);
}

async function signedByOne(
  keys: readonly VerificationKey[],
  jws: DecodedJws,
): Promise<Result<SignedJwt, SignedJwtError>> {
  const verdicts = await Promise.all(keys.map((key) => isSignedBy(key, jws)));
  if (!verdicts.includes(true)) return err({ reason: 'signature_invalid' });
  const claims = parseStrictObject(jws.payload);
  if (claims === undefined) return err({ reason: 'malformed', part: 'payload' });
  return ok({ header: jws.header, claims });
}

/** How many keys are tried for a JWS that names none. */
const MOST_KEYS = 4;
/** How many are imported to find them, because a set may have hundreds that are none. */
const MOST_IMPORTS = 32;

/**
 * The keys of a set that may have signed a JWS with this header. A set's keys need name neither `kid`
 * nor `alg` (RFC 7517 §4.4, §4.5); where they do, the header must agree.
 */
async function fittingKeys(
  jwks: readonly JsonObject[],
  { kid }: JsonObject,
  alg: JwsAlgorithm,
): Promise<readonly VerificationKey[]> {
  const named = jwks.filter((jwk) => kid === undefined || jwk['kid'] === kid);
  const agreeing = named.filter((jwk) => jwk['alg'] === undefined || jwk['alg'] === alg);
  const keys = await Promise.all(
    agreeing
      .slice(0, MOST_IMPORTS)
      .map((jwk) => importVerificationKey({ ...jwk, kid: nameOf(jwk), alg })),
  );
  return keys.filter((key) => key !== undefined).slice(0, MOST_KEYS);
}

const nameOf = ({ kid }: JsonObject): string =>
  typeof kid === 'string' && kid !== '' ? kid : 'unnamed';
