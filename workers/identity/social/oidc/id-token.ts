import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import { toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { Clock } from '../../../../shared/clock.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { decodeJws } from '../../../../shared/tokens/jws.ts';
import { type JsonObject, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import type { SocialFault } from '../fault.ts';
import type { OidcProvider } from '../providers/provider.ts';
import type { ProviderDocuments, ProviderKeys } from './provider-documents.ts';

/** Only asymmetric ones: anybody can use `none`, and our client secret signs for us as well. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
];
/** Seconds by which the provider's clock and ours may differ. */
const TOLERANCE = 60;
/** A token that was issued for this sign-in is not older. */
const MAX_AGE = '10 minutes';

export type PresentedIdToken = {
  readonly token: string;
  readonly nonce: string;
  readonly accessToken: string;
  readonly jwksUri: string;
};

export type VerifyIdTokenNeeds = {
  readonly clock: Clock;
  readonly providerDocuments: Pick<ProviderDocuments, 'keys'>;
};

/**
 * Verifies an ID token that came from the token endpoint (OpenID Connect Core §3.1.3.7): signature,
 * issuer, audience, authorized party, times, nonce, and that the access token came with it.
 */
export async function verifyIdToken(
  provider: OidcProvider,
  presented: PresentedIdToken,
  needs: VerifyIdTokenNeeds,
): Promise<Result<JsonObject, SocialFault>> {
  const unverified = decode(presented.token);
  if (unverified === undefined) return refused('it is no JWT');
  const { iss } = unverified;
  const tenant = tenantOf(provider.issuer, typeof iss === 'string' ? iss : '');
  if (tenant === undefined) return refused('it has another issuer');
  const issuer = tenantIssuer(provider.issuer, tenant);
  const verified = await verifySignature(provider, presented, issuer, needs);
  if (!verified.ok) return verified;
  const { payload, alg } = verified.value;
  const fault =
    claimFault(payload, provider.clientId, presented.nonce, tenant) ??
    (await hashFault(payload, alg, presented.accessToken));
  return fault === undefined ? ok(payload) : refused(fault);
}

/**
 * What the header says that the token is. Whatever says that it is something else is no ID token, though
 * the same issuer signed it for the same audience (RFC 8725 §3.11, §3.12).
 */
const isIdTokenType = (typ: string | undefined): boolean =>
  typ === undefined || typ.toUpperCase() === 'JWT';

type Signed = { readonly payload: JsonObject; readonly alg: string };

async function verifySignature(
  { clientId }: Pick<OidcProvider, 'clientId'>,
  { token, jwksUri }: Pick<PresentedIdToken, 'token' | 'jwksUri'>,
  issuer: string,
  { clock, providerDocuments }: VerifyIdTokenNeeds,
): Promise<Result<Signed, SocialFault>> {
  const options = {
    issuer,
    audience: clientId,
    algorithms: ALGORITHMS,
    clockTolerance: TOLERANCE,
    maxTokenAge: MAX_AGE,
    currentDate: new Date(clock()),
    requiredClaims: ['sub', 'exp', 'iat'],
  };
  for (const isKeyUnknown of [false, true]) {
    // oxlint-disable-next-line no-await-in-loop -- the second time only if the first found no key
    const keys = await providerDocuments.keys(jwksUri, isKeyUnknown);
    if (!keys.ok) return keys;
    try {
      // oxlint-disable-next-line no-await-in-loop -- as above
      const { payload, protectedHeader } = await jwtVerify(
        token,
        keysOf(keys.value, issuer),
        options,
      );
      if (!isIdTokenType(protectedHeader.typ)) return refused('its typ is another one');
      return ok({ payload, alg: protectedHeader.alg });
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey && !isKeyUnknown) continue;
      return refused(error instanceof errors.JOSEError ? error.message : String(error));
    }
  }
  return refused('no key');
}

/** A key that names its issuer signs for no other (Microsoft's, where tenants share a set). */
const keysOf = ({ keys }: ProviderKeys, issuer: string) =>
  createLocalJWKSet({
    keys: keys.filter((key) => {
      const tenant = key.issuer === undefined ? undefined : tenantOf(key.issuer, issuer);
      return key.issuer === undefined || tenant !== undefined;
    }),
  });

/** Characters. Providers put more into a token than we do, such as groups. */
const LARGEST = 32_768;

/**
 * The claims, which are not verified yet. The library that verifies them is more lenient: it takes the last of
 * two members of one name, and several spellings of one token.
 */
function decode(token: string): JsonObject | undefined {
  const jws = decodeJws(token, LARGEST);
  return jws.ok ? parseStrictObject(jws.value.payload) : undefined;
}

function claimFault(
  { sub, azp, aud, nonce, tid }: JsonObject,
  clientId: string,
  expectedNonce: string,
  tenant: string,
): string | undefined {
  if (typeof sub !== 'string' || sub === '' || sub.length > 255) return 'its sub is no subject';
  if (nonce !== expectedNonce) return 'its nonce is another';
  if (tenant !== '' && tid !== tenant) return 'its tid is not its issuer’s';
  if (azp !== undefined && azp !== clientId) return 'its azp is another';
  if (Array.isArray(aud) && aud.length > 1 && azp === undefined) return 'it is for several';
  return undefined;
}

/** `at_hash` (OpenID Connect Core §3.1.3.6): the left half of a hash of the signature's size. */
async function hashFault(
  { at_hash: expected }: JsonObject,
  alg: string,
  accessToken: string,
): Promise<string | undefined> {
  if (expected === undefined) return undefined;
  const hash = `SHA-${/\d+$/.exec(alg)?.[0] ?? '512'}`;
  const bytes = new Uint8Array(await crypto.subtle.digest(hash, utf8(accessToken)));
  const actual = toBase64Url(bytes.subarray(0, bytes.length / 2));
  return actual === expected ? undefined : 'its at_hash is of another access token';
}

const refused = (detail: string): Result<never, SocialFault> =>
  err({ reason: 'answer_invalid', detail: `ID token: ${detail}` });

/** Where the tenant's id is in an issuer of which there is one for each tenant (Microsoft's). */
const PLACEHOLDER = '{tenantid}';
const TENANT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Which tenant's issuer this is.
 *
 * @returns `''` if the provider has a single issuer, and this is it; `undefined` if it is none of the
 *   provider's.
 */
export function tenantOf(template: string, issuer: string): string | undefined {
  if (!template.includes(PLACEHOLDER)) return issuer === template ? '' : undefined;
  const at = template.indexOf(PLACEHOLDER);
  const tenant = issuer.slice(at, at + 36);
  return TENANT.test(tenant) && tenantIssuer(template, tenant) === issuer ? tenant : undefined;
}

/** The issuer of one tenant; of a single issuer, itself. */
const tenantIssuer = (template: string, tenant: string): string =>
  template.replace(PLACEHOLDER, tenant);
