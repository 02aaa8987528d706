import { fromBase64Url, fromUtf8, sha256, toBase64Url, utf8 } from '../../shared/bytes.ts';
import type { OAuthTerms } from '../../shared/contracts/identity/oauth-terms.ts';
import type { IssueCode } from '../../shared/contracts/identity/user-sessions.ts';
import type { SignJwtRequest } from '../../shared/contracts/keys/keys-rpc.ts';
import { newAccountId, newFamilyId, newSessionId } from '../../shared/ids.ts';
import { newAuthorizationCode } from '../../shared/tokens/authorization-code.ts';
import { hashSecret, newRefreshSecret } from '../../shared/tokens/refresh-token.ts';
import type { Client } from '../../workers/identity/oauth/clients/client.ts';
import { aProof, type Prover, proofClaims } from './dpop-forge.ts';
import { IdentityFixture } from './identity-fixture.ts';
import { aClient, REDIRECT_URI } from './oauth-fixture.ts';

export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
export const TOKEN_URL = 'https://id.example.test/oauth2/token';

type Form = Readonly<Record<string, string | readonly string[]>>;
type CodeOptions = Partial<Omit<IssueCode, 'oauth'>> & { oauth?: Partial<OAuthTerms> };
type Headers_ = Readonly<Record<string, string>>;

/** The token endpoint over memory: a user's real rules, and keys that sign nothing. */
export class TokenFixture extends IdentityFixture {
  accountId = newAccountId();
  browserSessionId = newSessionId();
  /** What `keys` was asked to sign. */
  readonly signed: SignJwtRequest[] = [];

  constructor() {
    super();
    const { signJwt } = this.services.keys;
    Object.assign(this.services.keys, {
      signJwt: (request: SignJwtRequest) => {
        this.signed.push(request);
        return signJwt(request);
      },
    });
  }

  /** A public client, unless `more` says otherwise. */
  client(more: Partial<Client> = {}): Client {
    return this.backend.clients.add(aClient({ tokenEndpointAuthMethod: 'none', ...more }));
  }

  async confidential(more: Partial<Client> = {}): Promise<Client> {
    const secrets = [{ hash: await sha256(utf8('secret')), expiresAt: null }];
    return this.client({ tokenEndpointAuthMethod: 'client_secret_post', secrets, ...more });
  }

  /** The user signs in in a browser. */
  async signIn(accountId = newAccountId()): Promise<void> {
    this.accountId = accountId;
    this.browserSessionId = newSessionId();
    await this.backend.user.openSession({
      grant: {
        sessionId: this.browserSessionId,
        accountId: this.accountId,
        clientId: this.services.config.clientId,
        scopes: [],
        roles: ['user', 'admin'],
        amr: ['pwd'],
        acr: 'urn:sallyport:acr:pwd',
        authTime: this.backend.now - 60_000,
      },
      familyId: newFamilyId(),
      secretHash: await hashSecret(newRefreshSecret()),
      origin: { ipAddress: '203.0.113.7', country: 'NL', userAgent: 'Browser/1' },
      device: {},
      installation: { installationId: null, fallback: 'browser' },
      limits: this.services.config.limits,
    });
    this.backend.user.opened.length = 0;
  }

  /** A code, as the authorization endpoint hands it out. */
  async code({ oauth, ...more }: CodeOptions = {}): Promise<string> {
    const { text, codeHash } = await newAuthorizationCode(
      await this.services.sealingKeys(),
      this.accountId,
    );
    const issued = await this.backend.user.issueCode({
      codeHash,
      browserSessionId: this.browserSessionId,
      clientId: aClient().clientId,
      redirectUri: REDIRECT_URI,
      codeChallenge: toBase64Url(await sha256(utf8(VERIFIER))),
      dpopJkt: null,
      scopes: ['openid', 'profile', 'read'],
      oauth: { ...this.#terms(), ...oauth },
      offline: true,
      expiresAt: this.backend.now + 60_000,
      ...more,
    });
    if (!issued.ok) throw new Error('Cannot issue a code: nobody is signed in');
    return text;
  }

  #terms(): OAuthTerms {
    return {
      subject: this.accountId,
      browserSessionId: this.browserSessionId,
      resources: [],
      claims: null,
      authorizationDetails: [],
      confirmation: null,
      nonce: 'n',
    };
  }

  token(form: Form, headers: Headers_ = {}) {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ client_id: 'client-1', ...form })) {
      for (const one of [value].flat()) body.append(name, one);
    }
    return this.call('/oauth2/token', {
      method: 'POST',
      body: body.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  }

  redeem(code: string, more: Form = {}, headers: Headers_ = {}) {
    const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER };
    return this.token({ ...form, redirect_uri: REDIRECT_URI, ...more }, headers);
  }

  refresh(refreshToken: string, more: Form = {}, headers: Headers_ = {}) {
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    return this.token({ ...form, ...more }, headers);
  }

  /** A `DPoP` header with a nonce that is good now. */
  async proof(prover: Prover, claims: object = {}): Promise<{ dpop: string }> {
    const { current } = await this.services.dpopNonces();
    const made = { iat: Math.floor(this.backend.now / 1_000), nonce: current, ...claims };
    return { dpop: await aProof(prover, proofClaims('POST', TOKEN_URL, made)) };
  }
}

/** The claims in a token that the keys of a test signed. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const bytes = fromBase64Url(token.split('.')[1] ?? '');
  return JSON.parse(fromUtf8(bytes ?? new Uint8Array()));
}
