import {
  CLIENT_IP_HEADER,
  encodePrincipal,
  PRINCIPAL_HEADER,
} from '../../shared/contracts/edge/principal.ts';
import { SessionId } from '../../shared/ids.ts';
import { createApp } from '../../workers/identity/app.ts';
import { fakeServices } from './identity-services.ts';

export const ADA = { email: 'Ada@Example.test', password: 'a long enough phrase' };
export const SESSION = SessionId.restore(`ses_${'a'.repeat(26)}`);

type Call = {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** `identity` over memory, called as `edge` calls it. */
export class IdentityFixture {
  readonly backend: ReturnType<typeof fakeServices>['backend'];
  readonly services: ReturnType<typeof fakeServices>['services'];
  readonly app: ReturnType<typeof createApp>;
  /** What was to be done after the answer. */
  readonly deferred: Promise<unknown>[] = [];

  constructor(settings: Readonly<Record<string, string>> = {}) {
    ({ backend: this.backend, services: this.services } = fakeServices(settings));
    this.app = createApp(() => this.services, this.services.log);
  }

  async call(path: string, { method, body, headers }: Call = {}) {
    const content = typeof body === 'string' ? body : JSON.stringify(body);
    const request = new Request(`http://identity${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        [CLIENT_IP_HEADER]: '203.0.113.7',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: content }),
    });
    const response = await this.fetch(request);
    const text = await response.text();
    // oxlint-disable-next-line typescript/no-explicit-any -- a test reads any shape and asserts it
    const json: any = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, json };
  }

  async fetch(request: Request): Promise<Response> {
    return this.app.fetch(request, {}, this.#context());
  }

  register(more: object = {}) {
    return this.call('/auth/register', { body: { ...ADA, ...more } });
  }

  login(more: object = {}) {
    return this.call('/auth/login', { body: { ...ADA, ...more } });
  }

  /** The headers that `edge` sets for a signed-in user. */
  as(subject: string): Record<string, string> {
    return {
      [PRINCIPAL_HEADER]: encodePrincipal({
        subject,
        sessionId: SESSION,
        clientId: 'sallyport',
        scopes: [],
        roles: [],
        tokenId: 'a-token-id',
        expiresAt: this.backend.now / 1_000 + 100,
      }),
    };
  }

  #context() {
    return {
      waitUntil: (promise: Promise<unknown>) => void this.deferred.push(promise),
      passThroughOnException: () => undefined,
      props: {},
    };
  }
}
