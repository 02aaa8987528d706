import type { Page } from 'playwright-core';
import { z } from 'zod';

const ADA = { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' };
const REDIRECT_URI = 'https://notes.example.com/callback';
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile Safari/604.1';

const Registered = z.object({ client_id: z.string(), client_secret: z.string().optional() });
const SignedIn = z.object({ accessToken: z.string() });
const Administered = z.object({ clientId: z.string(), clientSecret: z.string() });
const DeviceAuthorization = z.object({ user_code: z.string() });

/** Registers the client of the pictures. The instance must have open registration. */
export async function registerClient(url: string): Promise<string> {
  const registered = await post(`${url}/oauth2/register`, {
    client_name: 'Notes',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    client_uri: 'https://notes.example.com',
    policy_uri: 'https://notes.example.com/privacy',
    tos_uri: 'https://notes.example.com/terms',
  });
  if (!registered.ok) throw new Error(`Cannot register a client: ${await registered.text()}`);
  return Registered.parse(await registered.json()).client_id;
}

/** A user with an account who visits an instance's pages. */
export class Visit {
  readonly page: Page;
  readonly #url: string;
  readonly #clientId: string;

  constructor(page: Page, url: string, clientId: string) {
    this.page = page;
    this.#url = url;
    this.#clientId = clientId;
  }

  async open(address: string): Promise<void> {
    await this.page.goto(this.#url + address);
  }

  async signIn(): Promise<void> {
    // The account may exist from an earlier picture.
    await post(`${this.#url}/api/v1/auth/register`, ADA);
    await this.open('/sign-in');
    await this.page.getByLabel('Email').fill(ADA.email);
    await this.page.getByLabel('Password').fill(ADA.password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.waitForURL('**/account');
  }

  /** Signs in on a phone and ends all sessions but that and this one. */
  async useTwoDevices(): Promise<void> {
    await this.page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await this.page.waitForURL('**/account?done=sessions');
    await post(`${this.#url}/api/v1/auth/login`, ADA, { 'user-agent': PHONE });
  }

  /** Opens the client's authorization request. */
  async authorize(prompt: string): Promise<void> {
    const query = new URLSearchParams({
      client_id: this.#clientId,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid profile email offline_access',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      prompt,
    });
    await this.open(`/oauth2/authorize?${query}`);
  }

  /** Begins a television's device flow (RFC 8628). Returns the user code. */
  async beginDevice(): Promise<string> {
    const { client_id } = await this.#register({
      client_name: 'Living room TV',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
      token_endpoint_auth_method: 'none',
    });
    const request = { client_id, scope: 'openid profile' };
    const answer = await postForm(`${this.#url}/oauth2/device_authorization`, request);
    return DeviceAuthorization.parse(await answer.json()).user_code;
  }

  /** Begins the backchannel authentication (CIBA) of a bank, which an administrator registers. */
  async beginBackchannel(): Promise<void> {
    const { clientId: client_id, clientSecret: client_secret } = await this.#administer({
      client_name: 'Castle Bank',
      redirect_uris: [],
      grant_types: ['urn:openid:params:grant-type:ciba'],
      token_endpoint_auth_method: 'client_secret_post',
      backchannel_token_delivery_mode: 'poll',
    });
    const request = { scope: 'openid email', login_hint: ADA.email, binding_message: 'W4SCT' };
    await postForm(`${this.#url}/oauth2/bc-authorize`, { client_id, client_secret, ...request });
  }

  async #administer(metadata: object): Promise<z.output<typeof Administered>> {
    const email = process.env['SALLYPORT_ADMIN_EMAIL'] ?? 'admin@sallyport.local';
    const password = process.env['SALLYPORT_ADMIN_PASSWORD'] ?? '';
    const signedIn = await post(`${this.#url}/api/v1/auth/login`, { email, password });
    if (!signedIn.ok) throw new Error('Cannot sign in: is SALLYPORT_ADMIN_PASSWORD right?');
    const { accessToken } = SignedIn.parse(await signedIn.json());
    const headers = { authorization: `Bearer ${accessToken}` };
    const answer = await post(`${this.#url}/api/v1/oauth/clients`, { metadata }, headers);
    return Administered.parse(await answer.json());
  }

  async #register(metadata: object): Promise<z.output<typeof Registered>> {
    const defaults = { redirect_uris: [], response_types: [] };
    const answer = await post(`${this.#url}/oauth2/register`, { ...defaults, ...metadata });
    return Registered.parse(await answer.json());
  }

  /** Allows the request. The client's address is answered here, because no server is there. */
  async allow(): Promise<void> {
    await this.page.route('https://notes.example.com/**', (route) => route.fulfill({ body: '' }));
    await this.page.getByRole('button', { name: 'Allow' }).click();
    await this.page.waitForURL('https://notes.example.com/**');
  }
}

const post = (
  address: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const postForm = (address: string, fields: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(address, { method: 'POST', body: new URLSearchParams(fields) });
