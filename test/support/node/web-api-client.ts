import { exportJWK } from 'jose';
import * as oauth from 'oauth4webapi';

import { type ClientOptions, createClient, REDIRECT } from './administered.ts';
import { issuer } from './provider.ts';
import type { SignedIn } from './signed-in.ts';

export const insecure = { [oauth.allowInsecureRequests]: true } as const;

type Fields = Readonly<Record<string, string>>;

export type WebApiOptions = ClientOptions & {
  /** Further members of the client's metadata. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Whether tokens are bound to a DPoP key. */
  readonly isBound?: boolean;
};

export type Callback = { readonly url: URL; readonly verifier: string; readonly nonce: string };

let metadata: Promise<oauth.AuthorizationServer> | undefined;

/** Reads the server's metadata once. */
export function server(): Promise<oauth.AuthorizationServer> {
  metadata ??= oauth
    .discoveryRequest(new URL(issuer()), insecure)
    .then((response) => oauth.processDiscoveryResponse(new URL(issuer()), response));
  return metadata;
}

/** A registered client based on oauth4webapi, which signs its assertions and request objects. */
export class WebApiClient {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly key: oauth.PrivateKey;
  readonly DPoP: oauth.DPoPHandle | undefined;

  private constructor(
    as: oauth.AuthorizationServer,
    client: oauth.Client,
    key: oauth.PrivateKey,
    dpop: oauth.DPoPHandle | undefined,
  ) {
    this.as = as;
    this.client = client;
    this.key = key;
    this.DPoP = dpop;
  }

  /** Registers a client, whose ID tokens are signed with ES256 by default. */
  static async create({ metadata: own = {}, isBound = false, ...options }: WebApiOptions = {}) {
    const signing = await oauth.generateKeyPair('ES256', { extractable: true });
    const { jwks = { keys: [] }, ...rest } = own as { jwks?: { keys: object[] } };
    const jwk = { ...(await exportJWK(signing.publicKey)), kid: 'signing', use: 'sig' };
    const all = {
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['authorization_code', 'refresh_token'],
      id_token_signed_response_alg: 'ES256',
      ...rest,
      jwks: { keys: [jwk, ...jwks.keys] },
    };
    const { clientId } = await createClient(all, options);
    const client: oauth.Client = { ...all, client_id: clientId };
    const pair = isBound ? await oauth.generateKeyPair('ES256') : undefined;
    const dpop = pair && oauth.DPoP(client, pair);
    return new WebApiClient(
      await server(),
      client,
      { key: signing.privateKey, kid: 'signing' },
      dpop,
    );
  }

  get auth(): oauth.ClientAuth {
    return oauth.PrivateKeyJwt(this.key);
  }

  get options() {
    return { ...insecure, ...(this.DPoP && { DPoP: this.DPoP }) };
  }

  /** Makes the parameters of a request, and the values that its answer is checked with. */
  async parameters(more: Fields = {}) {
    const verifier = oauth.generateRandomCodeVerifier();
    const nonce = oauth.generateRandomNonce();
    const parameters = {
      client_id: this.client.client_id,
      redirect_uri: REDIRECT,
      response_type: 'code',
      scope: 'openid profile email',
      state: oauth.generateRandomState(),
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...more,
    };
    return { parameters, verifier, nonce };
  }

  requestObject(parameters: Fields, modify?: oauth.ModifyAssertionFunction): Promise<string> {
    const options = modify === undefined ? {} : { [oauth.modifyAssertion]: modify };
    return oauth.issueRequestObject(this.as, this.client, parameters, this.key, options);
  }

  /** Pushes a request, again if the server demands a nonce, and returns the browser's parameters. */
  async push(parameters: Fields): Promise<Fields> {
    const answer = await this.#twice(async () =>
      oauth.processPushedAuthorizationResponse(
        this.as,
        this.client,
        await oauth.pushedAuthorizationRequest(
          this.as,
          this.client,
          this.auth,
          parameters,
          this.options,
        ),
      ),
    );
    return { client_id: this.client.client_id, request_uri: answer.request_uri };
  }

  /** Opens the authorization endpoint in the user's browser, and returns the URL of the answer. */
  async visit({ agent }: SignedIn, parameters: Fields): Promise<URL> {
    const url = new URL(this.as.authorization_endpoint ?? '');
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return (await agent.go(url)).url;
  }

  /** Requests a code. */
  async callback(user: SignedIn, more: Fields = {}): Promise<Callback & { state: string }> {
    const { parameters, ...checks } = await this.parameters(more);
    return { ...checks, state: parameters.state, url: await this.visit(user, parameters) };
  }

  /** Exchanges a code whose answer was checked. */
  async exchange(
    answer: URLSearchParams,
    { verifier, nonce }: Pick<Callback, 'verifier' | 'nonce'>,
    options: oauth.ProcessAuthorizationCodeResponseOptions & oauth.TokenEndpointRequestOptions = {},
  ): Promise<oauth.TokenEndpointResponse> {
    return this.#twice(async () => {
      const response = await oauth.authorizationCodeGrantRequest(
        this.as,
        this.client,
        this.auth,
        answer,
        REDIRECT,
        verifier,
        { ...this.options, ...options },
      );
      const tokens = await oauth.processAuthorizationCodeResponse(this.as, this.client, response, {
        expectedNonce: nonce,
        requireIdToken: true,
        ...options,
      });
      if (options[oauth.jweDecrypt] === undefined) {
        // The library does not check the ID token's signature unless it is asked to.
        await oauth.validateApplicationLevelSignature(this.as, response, insecure);
      }
      return tokens;
    });
  }

  /** Runs the code flow and returns its tokens. */
  async tokens(user: SignedIn, more: Fields = {}): Promise<oauth.TokenEndpointResponse> {
    const { url, state, ...checks } = await this.callback(user, more);
    return this.exchange(oauth.validateAuthResponse(this.as, this.client, url, state), checks);
  }

  async refresh(token = ''): Promise<oauth.TokenEndpointResponse> {
    return this.#twice(async () =>
      oauth.processRefreshTokenResponse(
        this.as,
        this.client,
        await oauth.refreshTokenGrantRequest(this.as, this.client, this.auth, token, this.options),
      ),
    );
  }

  /** Introspects a token. The library checks the answer, which is JSON or a JWT. */
  async introspect(
    token: string,
    options: oauth.IntrospectionRequestOptions & oauth.JWEDecryptOptions = {},
  ): Promise<oauth.IntrospectionResponse> {
    const response = await oauth.introspectionRequest(this.as, this.client, this.auth, token, {
      ...insecure,
      ...options,
    });
    const answer = await oauth.processIntrospectionResponse(
      this.as,
      this.client,
      response,
      options,
    );
    if (response.headers.get('content-type')?.endsWith('jwt') === true) {
      await oauth.validateApplicationLevelSignature(this.as, response, insecure);
    }
    return answer;
  }

  async revoke(token: string): Promise<void> {
    const response = await oauth.revocationRequest(
      this.as,
      this.client,
      this.auth,
      token,
      insecure,
    );
    await oauth.processRevocationResponse(response);
  }

  async userinfo(
    { person }: SignedIn,
    token: string,
    options: oauth.JWEDecryptOptions = {},
  ): Promise<oauth.UserInfoResponse> {
    return this.#twice(async () => {
      const response = await oauth.userInfoRequest(this.as, this.client, token, this.options);
      const claims = await oauth.processUserInfoResponse(
        this.as,
        this.client,
        person.accountId,
        response,
        options,
      );
      if (response.headers.get('content-type')?.startsWith('application/jwt') === true) {
        await oauth.validateApplicationLevelSignature(this.as, response, insecure);
      }
      return claims;
    });
  }

  /** The answer to the first proof has the nonce for the second (RFC 9449 §8). */
  async #twice<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return ask();
    }
  }
}
