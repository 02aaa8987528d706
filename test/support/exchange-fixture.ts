import { ClientId, newTokenId } from '../../shared/ids.ts';
import type { Client } from '../../workers/identity/oauth/clients/client.ts';
import {
  AuthorizationServerFixture,
  claimsOf,
  type Granted,
} from './authorization-server-fixture.ts';
import { aProof, type Prover, proofClaims } from './dpop-forge.ts';
import { TOKEN_URL } from './token-fixture.ts';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const JWT = 'urn:ietf:params:oauth:token-type:jwt';
export const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

type Form = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The token exchange over memory: real keys, and the real rules of users' objects. */
export class ExchangeFixture extends AuthorizationServerFixture {
  /** A confidential client that may exchange tokens. */
  exchanger(clientId: string, more: Partial<Client> = {}): Promise<Client> {
    return this.client(clientId, { grantTypes: [TOKEN_EXCHANGE], ...more });
  }

  /** A resource server that is known. */
  async resource(resource: string, scopes: readonly string[] = []): Promise<void> {
    const settings = { accessTokenSigningAlg: null, accessTokenSeconds: null };
    await this.backend.resources.create({ resource, name: 'API', scopes, ...settings }, 0);
  }

  /** A member that is `undefined` is left out. */
  async exchange(as: string, token: string, more: Form = {}, headers: Record<string, string> = {}) {
    const form: Form = {
      grant_type: TOKEN_EXCHANGE,
      subject_token: token,
      subject_token_type: ACCESS_TOKEN,
      ...more,
    };
    const entries = Object.entries(form).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((one) => [name, one]),
    );
    const response = await this.post('/oauth2/token', entries, { as, ...headers });
    const json = await response.json();
    return { status: response.status, headers: response.headers, json };
  }

  /** The error of an exchange. */
  async refusal(...request: Parameters<ExchangeFixture['exchange']>): Promise<string> {
    const { status, json } = await this.exchange(...request);
    return `${status} ${json.error}`;
  }

  /** The claims of the token that an exchange gives. */
  async claims(...request: Parameters<ExchangeFixture['exchange']>) {
    const { json } = await this.exchange(...request);
    if (json.access_token === undefined) throw new Error(`Refused: ${JSON.stringify(json)}`);
    return claimsOf(json.access_token);
  }

  /** A token with other claims than a grant's, signed by our own key. */
  async withClaims({ accessToken }: Granted, more: object): Promise<string> {
    const claims = { ...claimsOf(accessToken), jti: newTokenId(), ...more };
    return this.services.keys.signJwt({ typ: 'at+jwt', alg: 'ES256', claims });
  }

  /** A client's own token (RFC 6749 §4.4). */
  clientToken(clientId: string, resources: readonly string[] = []) {
    return this.accessToken({
      subject: clientId,
      clientId: ClientId.restore(clientId),
      resources,
      scopes: ['read', 'write'],
      session: null,
      confirmation: null,
      actor: null,
      authorizationDetails: [],
    });
  }

  /** A `DPoP` header for the token endpoint. */
  async proof(prover: Prover): Promise<{ dpop: string }> {
    const { current } = await this.services.dpopNonces();
    const claims = { iat: Math.floor(this.backend.now / 1_000), nonce: current };
    return { dpop: await aProof(prover, proofClaims('POST', TOKEN_URL, claims)) };
  }
}
