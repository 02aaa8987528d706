import { newFamilyId, newSessionId } from '../../shared/ids.ts';
import { hashSecret, newRefreshSecret } from '../../shared/tokens/refresh-token.ts';
import { sealText } from '../../shared/tokens/sealed-text.ts';
import { createApp } from '../../workers/identity/app.ts';
import type { authorizeFixture, Query } from './authorize-fixture.ts';
import { QUERY } from './authorize-fixture.ts';
import { ADA_ID } from './oauth-fixture.ts';

/** A browser in front of `identity` over memory. It keeps cookies and follows nothing. */
export class BrowserFixture {
  readonly cookies = new Map<string, string>();
  readonly services: ReturnType<typeof authorizeFixture>['services'];
  readonly #app: ReturnType<typeof createApp>;

  constructor({ services }: ReturnType<typeof authorizeFixture>) {
    this.services = services;
    this.#app = createApp(() => services, services.log);
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie !== '') headers.set('cookie', cookie);
    const request = new Request(new URL(path, 'https://id.example.test'), { ...init, headers });
    const response = await this.#app.fetch(request, {}, CONTEXT);
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      this.cookies.set(name, value);
    }
    return response;
  }

  /** Sends an authorization request. */
  authorize(more: Query = {}): Promise<Response> {
    return this.fetch(`/oauth2/authorize?${formOf({ ...QUERY, ...more })}`);
  }

  post(path: string, fields: Query): Promise<Response> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.fetch(path, { method: 'POST', headers, body: formOf(fields) });
  }

  /** Somebody signs in, as the page does it. Returns their session. */
  async signIn(accountId = ADA_ID, authTime = this.services.clock()) {
    const sessionId = newSessionId();
    const { config, users, sealingKeys } = this.services;
    await users(accountId).openSession({
      grant: {
        sessionId,
        accountId,
        clientId: config.clientId,
        scopes: ['openid'],
        roles: [],
        amr: ['pwd'],
        acr: 'urn:sallyport:acr:pwd',
        authTime,
      },
      familyId: newFamilyId(),
      secretHash: await hashSecret(newRefreshSecret()),
      origin: { ipAddress: '203.0.113.7', country: null, userAgent: 'Test/1' },
      device: {},
      installation: { installationId: null, fallback: '' },
      limits: config.limits,
    });
    const named = JSON.stringify([accountId, sessionId]);
    const sealed = await sealText(await sealingKeys(), 'browser session v1', named);
    this.cookies.set('__Host-sallyport-session', sealed);
    return sessionId;
  }
}

export function formOf(fields: Query): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value ?? []].flat()) form.append(name, one);
  }
  return form.toString();
}

const CONTEXT = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };
