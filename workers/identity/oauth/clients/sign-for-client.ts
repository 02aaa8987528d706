import { CompactEncrypt, importJWK } from 'jose';
import { utf8 } from '../../../../shared/bytes.ts';
import type {
  JwtType,
  KeysRpc,
  SigningAlgorithm,
} from '../../../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client, ResponseEncryption } from './client.ts';
import type { ClientDirectory } from './client-directory.ts';

export type ClientJwt = {
  readonly typ: JwtType;
  readonly alg: SigningAlgorithm;
  readonly encryption: ResponseEncryption | null;
  /** `iss` and `aud` are added. */
  readonly claims: Readonly<Record<string, unknown>>;
};

export type SignForClientNeeds = {
  readonly config: { readonly issuer: string };
  readonly keys: Pick<KeysRpc, 'signJwt'>;
  readonly clients: Pick<ClientDirectory, 'keysOf'>;
};

/**
 * Signs what one client is to read, and encrypts it if the client has registered for that.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, if the keys do not answer.
 * @throws {OAuthError} As {@link encryptToClient}.
 */
export async function signForClient(
  { typ, alg, encryption, claims }: ClientJwt,
  client: Client,
  { config, keys, clients }: SignForClientNeeds,
): Promise<string> {
  const all = { iss: config.issuer, aud: client.clientId, ...claims };
  const signed = await orUnavailable(
    'the keys',
    () => keys.signJwt({ typ, alg, claims: all }),
    'TOKEN_KMS_ERROR',
  );
  return encryption === null ? signed : encryptToClient(signed, 'JWT', client, encryption, clients);
}

/**
 * Encrypts a response to a key that the client published (RFC 7516 §7.1).
 *
 * @param content - `JWT`: the text is a signed JWT, which makes it a nested one (RFC 7519 §5.2).
 * @throws {OAuthError} `invalid_client` if the client publishes no key that fits.
 */
export async function encryptToClient(
  text: string,
  content: 'JWT' | 'JSON',
  client: Client,
  encryption: ResponseEncryption,
  clients: Pick<ClientDirectory, 'keysOf'>,
): Promise<string> {
  const jwk = await encryptionKey(client, encryption.alg, clients);
  const header = {
    alg: encryption.alg,
    enc: encryption.enc,
    ...(typeof jwk['kid'] === 'string' ? { kid: jwk['kid'] } : {}),
    ...(content === 'JWT' ? { cty: 'JWT' } : {}),
  };
  try {
    const key = await importJWK(jwk, encryption.alg);
    return await new CompactEncrypt(utf8(text)).setProtectedHeader(header).encrypt(key);
  } catch (cause) {
    throw unencryptable(cause);
  }
}

async function encryptionKey(
  client: Client,
  alg: string,
  clients: Pick<ClientDirectory, 'keysOf'>,
): Promise<JsonObject> {
  const fits = (jwk: JsonObject) => fitsFor(jwk, alg);
  const cached = (await clients.keysOf(client)).find(fits);
  const key = cached ?? (await clients.keysOf(client, true)).find(fits);
  if (key === undefined) throw unencryptable(`no key for ${alg}`);
  return key;
}

/** A key that names its use or its algorithm fits no other (RFC 7517 §4.2, §4.4). */
function fitsFor({ kty, use, alg: itsAlg }: JsonObject, alg: string): boolean {
  const types = alg.startsWith('RSA') ? ['RSA'] : ['EC', 'OKP'];
  return (
    types.some((type) => type === kty) &&
    (use === undefined || use === 'enc') &&
    (itsAlg === undefined || itsAlg === alg)
  );
}

const unencryptable = (cause: unknown): OAuthError =>
  new OAuthError('invalid_client', 'The client publishes no key to encrypt its response with', {
    status: 400,
    cause,
  });
