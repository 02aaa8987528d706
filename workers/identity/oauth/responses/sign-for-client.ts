import type { JwtType, SigningAlgorithm } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Services } from '../../context.ts';
import type { Client, ResponseEncryption } from '../clients/client.ts';
import { encryptToClient } from './encrypt-to-client.ts';

export type ClientJwt = {
  readonly typ: JwtType;
  readonly alg: SigningAlgorithm;
  readonly encryption: ResponseEncryption | null;
  /** `iss` and `aud` are added. */
  readonly claims: Readonly<Record<string, unknown>>;
};

/**
 * Signs what one client is to read, and where it registered so, encrypts it to the client.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, if the keys do not answer.
 * @throws {OAuthError} As {@link encryptToClient}.
 */
export async function signForClient(
  { typ, alg, encryption, claims }: ClientJwt,
  client: Client,
  { config, keys, clients }: Pick<Services, 'config' | 'keys' | 'clients'>,
): Promise<string> {
  const all = { iss: config.issuer, aud: client.clientId, ...claims };
  const signed = await orUnavailable(
    'the keys',
    () => keys.signJwt({ typ, alg, claims: all }),
    'TOKEN_KMS_ERROR',
  );
  return encryption === null ? signed : encryptToClient(signed, 'JWT', client, encryption, clients);
}
