import { exportJWK, generateKeyPair, SignJWT } from 'jose';

import { sha256, toBase64Url, utf8 } from '../../shared/bytes.ts';

type Claims = Readonly<Record<string, unknown>>;
type Key = Awaited<ReturnType<typeof generateKeyPair>>;
type Web = Map<string, (request: Request) => Response | Promise<Response>>;

/** The changes to a valid sign-in. */
export type Bends = {
  /** Claims of the ID token; `undefined` omits one. */
  readonly claims?: Claims;
  /** Members of the header of the ID token. */
  readonly header?: Claims;
  /** A replacement of the ID token. */
  readonly idToken?: string;
  readonly tokenResponse?: () => Response;
};

/** An OpenID provider whose answers a test can change. */
export class FakeOidcProvider {
  readonly issuer: string;
  readonly clientId = 'our-client';
  readonly tokenRequests: { readonly form: URLSearchParams; readonly headers: Headers }[] = [];
  readonly userinfo: Record<string, unknown> = {};
  metadata: Record<string, unknown>;
  bends: Bends = {};
  keysFetched = 0;
  /** Further members of the published key. */
  keyMembers: Claims = {};
  #key: Promise<Key> = generateKeyPair('ES256');
  #kid = 'key-1';
  /** The sign-in of each code. */
  readonly #nonces = new Map<string, string>();
  readonly #now: () => number;

  constructor(web: Web, issuer: string, now: () => number) {
    this.issuer = issuer;
    this.#now = now;
    this.metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
    };
    this.#serve(web);
  }

  /** Replaces the signing key. */
  rotate(): void {
    this.#key = generateKeyPair('ES256');
    this.#kid = 'key-2';
  }

  /** Returns the parameters of the redirect after the provider's pages. */
  authorize(url: string): { readonly code: string; readonly state: string } {
    const { searchParams } = new URL(url);
    const code = `code-${this.#nonces.size}`;
    this.#nonces.set(code, searchParams.get('nonce') ?? '');
    return { code, state: searchParams.get('state') ?? '' };
  }

  async idToken(claims: Claims = {}, code = this.#lastCode()): Promise<string> {
    return new SignJWT(JSON.parse(JSON.stringify(await this.#claims(claims, code))))
      .setProtectedHeader(this.#header())
      .sign((await this.#key).privateKey);
  }

  /** An ID token of the last code, whose texts were changed before they were signed. */
  async bentIdToken(
    claims: Claims,
    bend: { header?: (text: string) => string; payload?: (text: string) => string },
  ): Promise<string> {
    const { header = String, payload = String } = bend;
    const texts = [
      header(JSON.stringify(this.#header())),
      payload(JSON.stringify(await this.#claims(claims, this.#lastCode()))),
    ];
    const input = texts.map((text) => toBase64Url(utf8(text))).join('.');
    const { privateKey } = await this.#key;
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = await crypto.subtle.sign(algorithm, privateKey, utf8(input));
    return `${input}.${toBase64Url(new Uint8Array(signature))}`;
  }

  readonly #lastCode = (): string => `code-${this.#nonces.size - 1}`;

  readonly #header = () => ({ alg: 'ES256', kid: this.#kid, ...this.bends.header });

  async #claims(claims: Claims, code: string): Promise<Claims> {
    const at = Math.floor(this.#now() / 1_000);
    const hash = (await sha256(utf8('an-access-token'))).subarray(0, 16);
    return {
      iss: this.issuer,
      sub: 'user-1',
      aud: this.clientId,
      iat: at,
      exp: at + 300,
      nonce: this.#nonces.get(code),
      at_hash: toBase64Url(hash),
      ...claims,
    };
  }

  #serve(web: Web): void {
    web.set(`${this.issuer}/.well-known/openid-configuration`, () => Response.json(this.metadata));
    web.set(`${this.issuer}/jwks`, async () => {
      this.keysFetched += 1;
      const jwk = await exportJWK((await this.#key).publicKey);
      return Response.json({ keys: [{ ...jwk, kid: this.#kid, use: 'sig', ...this.keyMembers }] });
    });
    web.set(`${this.issuer}/userinfo`, () => Response.json({ sub: 'user-1', ...this.userinfo }));
    web.set(`${this.issuer}/token`, async (request) => {
      const form = new URLSearchParams(await request.text());
      this.tokenRequests.push({ form, headers: request.headers });
      if (this.bends.tokenResponse !== undefined) return this.bends.tokenResponse();
      return Response.json({
        access_token: 'an-access-token',
        refresh_token: 'a-refresh-token',
        token_type: 'Bearer',
        expires_in: 3_600,
        id_token:
          this.bends.idToken ?? (await this.idToken(this.bends.claims, form.get('code') ?? '')),
      });
    });
  }
}
