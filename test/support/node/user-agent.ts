import { CookieJar } from 'tough-cookie';

/** A form of a page. */
export type Form = {
  readonly action: string;
  readonly method: 'GET' | 'POST';
  /** The fields with their values. */
  readonly fields: Readonly<Record<string, string>>;
  /** The submit buttons: the visible text, and the field that pressing one adds. */
  readonly buttons: readonly {
    readonly text: string;
    readonly name: string;
    readonly value: string;
  }[];
};

export class Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;

  constructor(url: URL, response: Response, html: string) {
    this.url = url;
    this.status = response.status;
    this.headers = response.headers;
    this.html = html;
  }

  get forms(): readonly Form[] {
    return [...this.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(
      ([, attributes = '', body = '']) => ({
        action: new URL(attribute(attributes, 'action') ?? this.url.href, this.url).href,
        method: attribute(attributes, 'method')?.toUpperCase() === 'POST' ? 'POST' : 'GET',
        fields: fieldsOf(body),
        buttons: buttonsOf(body),
      }),
    );
  }

  /** The form that has a button with this text. */
  form(button: string): Form {
    const form = this.forms.find(({ buttons }) => buttons.some(({ text }) => text === button));
    if (form === undefined) throw new Error(`No button "${button}" on ${this.url}: ${this.text}`);
    return form;
  }

  get text(): string {
    return decode(this.html.replaceAll(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ')).replaceAll(
      /\s+/g,
      ' ',
    );
  }

  get title(): string {
    return decode(/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(this.html)?.[1] ?? '').trim();
  }
}

/** A redirect to another origin, such as a client's redirect URI. */
export class ExternalRedirect {
  readonly url: URL;
  readonly status: number;

  constructor(url: URL, status: number) {
    this.url = url;
    this.status = status;
  }
}

/**
 * A browser without scripts. It has cookies, follows redirects within one origin, and sends forms with
 * the headers of browsers. It stops at a redirect to another origin.
 */
export class UserAgent {
  readonly origin: string;
  readonly #formOrigin: string;
  jar = new CookieJar(undefined, { allowSecureOnLocal: true });

  /** @param formOrigin - The `Origin` of forms, if it is not `origin`. */
  constructor(origin: string, formOrigin: string = origin) {
    this.origin = origin;
    this.#formOrigin = formOrigin;
  }

  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url, this.origin);
    const headers = new Headers(init.headers);
    const cookies = await this.jar.getCookieString(target.href);
    if (cookies !== '') headers.set('cookie', cookies);
    const response = await fetch(target, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      await this.jar.setCookie(cookie, target.href);
    }
    return response;
  }

  async go(url: string | URL, init: RequestInit = {}): Promise<Page | ExternalRedirect> {
    let target = new URL(url, this.origin);
    let request = init;
    for (let hops = 0; hops < 10; hops += 1) {
      const response = await this.fetch(target, request);
      const location = response.headers.get('location');
      if (location === null) return new Page(target, response, await response.text());
      await response.body?.cancel();
      const next = new URL(location, target);
      if (next.origin !== this.origin) return new ExternalRedirect(next, response.status);
      target = next;
      request = {};
    }
    throw new Error(`Too many redirects, the last to ${target}`);
  }

  /** Opens a page. @throws {Error} If the address redirects to another origin. */
  async open(url: string | URL, init: RequestInit = {}): Promise<Page> {
    const reached = await this.go(url, init);
    if (reached instanceof Page) return reached;
    throw new Error(`Expected a page, but was sent to ${reached.url}`);
  }

  /** Fills in the form that has the button, and submits it. */
  async press(
    page: Page,
    button: string,
    values: Readonly<Record<string, string>> = {},
  ): Promise<Page | ExternalRedirect> {
    const form = page.form(button);
    const pressed = form.buttons.find(({ text }) => text === button);
    const added =
      pressed === undefined || pressed.name === '' ? {} : { [pressed.name]: pressed.value };
    const fields = new URLSearchParams({ ...form.fields, ...values, ...added });
    if (form.method === 'GET') {
      return this.go(`${form.action.replace(/\?.*$/, '')}?${fields}`);
    }
    return this.go(form.action, {
      method: 'POST',
      body: fields,
      headers: { origin: this.#formOrigin, 'sec-fetch-site': 'same-origin' },
    });
  }
}

function fieldsOf(html: string): Record<string, string> {
  const inputs = [...html.matchAll(/<input\b([^>]*?)\/?>/g)].flatMap(([, attributes = '']) => {
    const name = attribute(attributes, 'name');
    const type = attribute(attributes, 'type') ?? 'text';
    const isUnchecked = ['checkbox', 'radio'].includes(type) && !/\bchecked\b/.test(attributes);
    if (name === undefined || isUnchecked || type === 'submit') return [];
    return [[name, attribute(attributes, 'value') ?? ''] as const];
  });
  return Object.fromEntries(inputs);
}

const buttonsOf = (html: string): Form['buttons'] =>
  [...html.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/g)].map(
    ([, attributes = '', body = '']) => ({
      text: decode(body.replaceAll(/<[^>]+>/g, ' '))
        .replaceAll(/\s+/g, ' ')
        .trim(),
      name: attribute(attributes, 'name') ?? '',
      value: attribute(attributes, 'value') ?? '',
    }),
  );

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : decode(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
};

const decode = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => ENTITIES[name] ?? whole);
