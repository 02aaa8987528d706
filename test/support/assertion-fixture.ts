import { newAccountId } from '../../shared/ids.ts';
import type { AssertionIssuerSettings } from '../../workers/identity/oauth/assertion-issuers/assertion-issuer-store.ts';
import type { Client } from '../../workers/identity/oauth/clients/client.ts';
import { ExchangeFixture } from './exchange-fixture.ts';
import { aSigner, forge, jwkSet, type Signer } from './jws-forge.ts';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const IDP = 'https://idp.example.test';
export const AUDIENCE = 'https://id.example.test';

let count = 0;

/** The jwt-bearer grant over memory: an issuer, and a client `worker` that may present what it signs. */
export class AssertionFixture extends ExchangeFixture {
  readonly signer: Signer;
  accountId = newAccountId();

  private constructor(signer: Signer) {
    super();
    this.signer = signer;
  }

  static async begin(): Promise<AssertionFixture> {
    const made = new AssertionFixture(await aSigner('ES256', 'idp-1'));
    await made.worker();
    made.accountId = await made.account('Ada@Example.test');
    await made.issuer();
    return made;
  }

  worker(more: Partial<Client> = {}): Promise<Client> {
    const scopes = ['openid', 'read', 'write'];
    return this.client('worker', { grantTypes: [JWT_BEARER], scopes, ...more });
  }

  /** The one issuer, as it is from now on. */
  async issuer(more: Partial<AssertionIssuerSettings> = {}): Promise<void> {
    this.backend.assertionIssuers.stored.clear();
    this.services.cachedAssertionIssuers.forget(IDP);
    const settings: AssertionIssuerSettings = {
      issuer: IDP,
      name: 'The IdP',
      jwks: jwkSet(this.signer).keys,
      jwksUri: null,
      subjectKind: 'account_id',
      clients: ['worker'],
      scopes: ['openid', 'read'],
      enabled: true,
      ...more,
    };
    await this.backend.assertionIssuers.create(settings, 0);
  }

  /** Seconds. */
  get now(): number {
    return this.backend.now / 1_000;
  }

  /** A good assertion about the user, with some claims replaced. */
  assertion(claims: object = {}, header: object = {}, by = this.signer): Promise<string> {
    const good = {
      iss: IDP,
      sub: this.accountId,
      aud: AUDIENCE,
      iat: this.now,
      exp: this.now + 300,
      jti: `assertion-${(count += 1)}`,
    };
    return forge(by, { alg: by.alg, kid: by.kid, ...header }, { ...good, ...claims });
  }

  async present(
    assertion: string,
    more: Readonly<Record<string, string>> = {},
    headers: Record<string, string> = {},
  ) {
    const form = { grant_type: JWT_BEARER, assertion, ...more };
    const response = await this.post('/oauth2/token', form, { as: 'worker', ...headers });
    return { status: response.status, json: await response.json() };
  }

  /** The error of presenting it. */
  async refused(...presented: Parameters<AssertionFixture['present']>): Promise<string> {
    const { status, json } = await this.present(...presented);
    return `${status} ${json.error}`;
  }
}
