import { aProver, type Prover } from '../dpop-forge.ts';
import { aSigner, type Signer } from '../jws-forge.ts';
import type { Administered, ClientOptions } from './administered.ts';
import { assertionOf, type Claims, clientJwt, createSigningClient } from './assertions.ts';
import {
  type Answer,
  authorizeUrl,
  type Fields,
  newPkce,
  postPar,
  postToken,
} from './oauth-requests.ts';
import { proofFor, tokenProof } from './proofs.ts';
import { type Attempt, authorizationRequest, type SignedIn } from './signed-in.ts';

/** A client of a FAPI 2.0 profile, which signs its requests and sends DPoP proofs. */
export class FapiClient {
  readonly client: Administered;
  readonly signer: Signer;
  readonly prover: Prover;

  private constructor(client: Administered, signer: Signer, prover: Prover) {
    this.client = client;
    this.signer = signer;
    this.prover = prover;
  }

  static async create(
    profile: NonNullable<ClientOptions['profile']> = 'fapi2_security',
    metadata: Claims = {},
  ): Promise<FapiClient> {
    const [signer, prover] = [await aSigner('ES256'), await aProver()];
    const client = await createSigningClient(signer, metadata, { profile });
    return new FapiClient(client, signer, prover);
  }

  get clientId(): string {
    return this.client.clientId;
  }

  /** The parameters that authenticate the client. */
  assertion(claims: Claims = {}, header: Claims = {}): ReturnType<typeof assertionOf> {
    return assertionOf(this.signer, this.client, claims, header);
  }

  /** A request object of the Message Signing profile. */
  requestObject(claims: Claims = {}, header: Claims = {}): Promise<string> {
    const nbf = Math.floor(Date.now() / 1_000);
    const made = { ...authorizationRequest(this.clientId), nbf, ...claims };
    return clientJwt(this.signer, this.client, made, { typ: 'oauth-authz-req+jwt', ...header });
  }

  async push(fields: Fields = {}): Promise<Answer> {
    const dpop = await proofFor(this.prover, { path: '/oauth2/par' });
    const form = { ...authorizationRequest(this.clientId), ...(await this.assertion()), ...fields };
    return postPar(form, { dpop });
  }

  /** Pushes a request that has only the request object and the client's authentication. */
  async pushObject(claims: Claims = {}, header: Claims = {}): Promise<Answer> {
    const object = await this.requestObject(claims, header);
    return postPar({ request: object, ...(await this.assertion()) });
  }

  /** Pushes a request and continues it in the user's browser, to a code. */
  async code(user: SignedIn, fields: Fields = {}): Promise<Attempt> {
    const pkce = newPkce();
    const pushed = await this.push({ code_challenge: pkce.challenge, ...fields });
    const request_uri = String(pushed.body['request_uri']);
    const { url } = await user.agent.go(authorizeUrl({ client_id: this.clientId, request_uri }));
    const code = url.searchParams.get('code');
    if (code === null) throw new Error(`Expected a code: ${pushed.text}, then ${url}`);
    return { ...pkce, code, clientId: this.clientId, callback: url };
  }

  async redeem({ code, verifier }: Attempt, fields: Fields = {}): Promise<Answer> {
    return this.token({
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      ...fields,
    });
  }

  async refresh(refresh_token: string, prover = this.prover): Promise<Answer> {
    return this.token({ grant_type: 'refresh_token', refresh_token }, await tokenProof(prover));
  }

  async token(fields: Fields, headers?: Readonly<Record<string, string>>): Promise<Answer> {
    const form = { ...(await this.assertion()), ...fields };
    return postToken(form, headers ?? (await tokenProof(this.prover)));
  }
}
