/** The answer of `register`, `login` and `refresh`. */
export type Tokens = {
  readonly accountId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly tokenType: string;
  readonly expiresIn: number;
  readonly refreshExpiresIn: number;
  readonly connectUrl: string;
};

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; `undefined` where it is not JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads any shape and asserts it
  readonly json: any;
};

export type Call = {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

let people = 0;

/** A new person with an own password. */
export function aPerson(): { email: string; password: string } {
  people += 1;
  return {
    email: `person-${people}-${crypto.randomUUID().slice(0, 8)}@example.test`,
    password: `a long enough pass phrase ${people}`,
  };
}

/** A client of Sallyport's API without code of the SDK. */
export class ApiClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#headers = headers;
  }

  async call(path: string, { method, token, body, headers }: Call = {}): Promise<Reply> {
    const response = await fetch(`${this.#url}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: {
        ...this.#headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  }

  async register(
    person = aPerson(),
    more: object = {},
  ): Promise<Tokens & { email: string; password: string }> {
    const { status, text, json } = await this.call('/api/v1/auth/register', {
      body: { ...person, ...more },
    });
    if (status !== 201) throw new Error(`Cannot register: ${status} ${text}`);
    return { ...(json as Tokens), ...person };
  }

  login(person: { email: string; password: string }, more: object = {}): Promise<Reply> {
    return this.call('/api/v1/auth/login', {
      body: { email: person.email, password: person.password, ...more },
    });
  }

  refresh(refreshToken: string, more: object = {}): Promise<Reply> {
    return this.call('/api/v1/auth/token/refresh', { body: { refreshToken, ...more } });
  }

  validate(token: string, more: object = {}, query = ''): Promise<Reply> {
    return this.call(`/api/v1/auth/token/validate${query}`, { body: { token, ...more } });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
