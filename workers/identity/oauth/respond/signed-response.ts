import { minutes, toNumericDate } from '../../../../shared/clock.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { signForClient } from '../responses/sign-for-client.ts';
import type { ResponseMembers } from './response.ts';

/** JARM §2.1 recommends at most 10 minutes. */
const LIFE = minutes(10);

/** The response as one JWT, signed, and encrypted where the client registered so (JARM §2.1, §2.2). */
export async function signedResponse(
  members: ResponseMembers,
  client: Client,
  services: Services,
): Promise<ResponseMembers> {
  const { authorizationSignedResponseAlg: alg, authorizationEncryption: encryption } = client;
  const claims = { ...members, exp: toNumericDate(services.clock() + LIFE) };
  const jwt = { typ: 'JWT', alg, encryption, claims } as const;
  return { response: await signForClient(jwt, client, services) };
}
