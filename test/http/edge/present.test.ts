import { describe, it } from 'vitest';

import { readProblem } from '../../../shared/contracts/edge/shown-problem.ts';
import { ERROR_CODES } from '../../../shared/contracts/http/error-codes.ts';
import { Problem, problemResponse } from '../../../shared/http/problem.ts';
import { prefersHtml } from '../../../workers/edge/gateway/prefers-html.ts';
import { EdgeFixture } from '../../support/edge-fixture.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const visit = { headers: { accept: BROWSER, 'accept-language': 'en' } };
const HTML = { 'content-type': 'text/html; charset=utf-8' };
const STRICT = { RATE_LIMIT_SCALE: '1' };

/** Identity, which shows every problem that it is asked to, and fails otherwise. */
async function anEdge(settings = {}) {
  const fixture = await EdgeFixture.start(settings);
  fixture.answer = (request) => {
    const problem = readProblem(request.headers);
    if (problem === undefined) throw new Error('Cannot answer: a test says so');
    const { status, title } = ERROR_CODES[problem.code];
    return new Response(`<h1>${title}</h1>`, { status, headers: HTML });
  };
  return fixture;
}

const shown = async (response: Response) => [
  response.status,
  response.headers.get('content-type'),
  (await response.text()).includes('<h1>'),
];

describe('an error in a browser', () => {
  it.for([
    [404, '/nowhere', {}],
    [404, '/api/v1/nothing-here/../../../nowhere', {}],
    [405, '/health', { method: 'DELETE' }],
    [400, '/connect', {}],
    [503, '/account', {}],
    [503, '/auth/social/google/callback', {}],
    [503, '/oauth2/authorize', {}],
    [413, '/sign-in', { method: 'POST', body: 'x'.repeat(70_000) }],
  ] as const)('is a page: %i at %s', async ([status, path, init], { expect }) => {
    const fixture = await anEdge();
    const response = await fixture.fetch(path, { ...visit, ...init });
    expect(response.headers.get('vary')).toContain('Accept');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-correlation-id')).toBeTruthy();
    expect(await shown(response)).toEqual([status, 'text/html; charset=utf-8', true]);
    const forwarded = fixture.forwarded.at(-1)?.request;
    expect(forwarded?.headers.get('accept-language')).toBe('en');
    expect(new URL(forwarded?.url ?? '').pathname).toBe('/pages/problem');
  });

  it('is a page where a Worker behind answered with a problem', async ({ expect }) => {
    const fixture = await anEdge();
    const page = fixture.answer;
    const ids = { correlationId: 'c', instance: '/account/nothing' };
    fixture.answer = (request) =>
      readProblem(request.headers) === undefined
        ? problemResponse(new Problem('METHOD_NOT_ALLOWED', { headers: { allow: 'GET' } }), ids)
        : page(request);
    const response = await fixture.fetch('/account/nothing', visit);
    expect(response.headers.get('allow')).toBe('GET');
    expect(await shown(response)).toEqual([405, 'text/html; charset=utf-8', true]);
  });

  it('keeps the headers of a limit', async ({ expect }) => {
    const fixture = await anEdge({ ...STRICT, RATE_LIMIT_PAGES: '1' });
    await fixture.fetch('/account', visit);
    const response = await fixture.fetch('/account', visit);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(response.headers.get('ratelimit-policy')).toBe('"pages";q=1;w=60');
    expect(await shown(response)).toEqual([429, 'text/html; charset=utf-8', true]);
  });

  it('is a plain page, without script and style, where identity shows none', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    fixture.answer = () => Promise.reject(new Error('Cannot answer: a test says so'));
    for (const path of ['/account', '/nowhere?<script>']) {
      const response = await fixture.fetch(path, visit);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const page = await response.text();
      expect(page).toMatch(/^<!doctype html><html lang="en"><title>([\w ]+)<\/title><h1>\1<\/h1>$/);
    }
  });

  it.for([
    '{"code":"MINE","title":"<form action=//evil.test>","status":418}',
    '{"code":"toString","title":"x"}',
    '"code"',
    'null',
    '{"code":',
    '',
  ])('is left as it is where it is a problem of somebody else: %s', async (body, { expect }) => {
    const fixture = await EdgeFixture.start();
    const headers = { 'content-type': 'application/problem+json' };
    fixture.answer = () => new Response(body, { status: 418, headers });
    const response = await fixture.fetch('/api/v1/connect/proxy', visit);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      418,
      'application/problem+json',
    ]);
    expect(await response.text()).toBe(body);
    expect(fixture.forwarded).toHaveLength(1);
  });

  it('has the registered title where identity shows no page', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const headers = { 'content-type': 'application/problem+json' };
    const body = '{"code":"NOT_FOUND","title":"<form action=//evil.test>","status":200}';
    fixture.answer = (request) => {
      if (new URL(request.url).pathname === '/pages/problem') throw new Error('Cannot answer');
      return new Response(body, { status: 404, headers });
    };
    const page = await (await fixture.fetch('/api/v1/connect/proxy', visit)).text();
    expect(page).not.toContain('form');
    expect(page).toContain('<h1>There is nothing at this address</h1>');
  });

  it('never takes what a client says of a problem', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const headers = { 'x-sallyport-problem': btoa('{"status":200,"title":"Hello"}') };
    await fixture.fetch('/pages/problem', { headers });
    const [forwarded] = fixture.forwarded;
    expect(forwarded?.request.headers.has('x-sallyport-problem')).toBe(false);
  });
});

describe('an error of a program', () => {
  it.for([
    ['/nowhere', {}],
    ['/nowhere', { accept: '*/*' }],
    ['/nowhere', { accept: 'application/json, text/html;q=0.9' }],
    ['/nowhere', { accept: BROWSER, authorization: 'Bearer a.b.c' }],
    ['/auth/token/validate', { accept: BROWSER }],
  ] as const)('is a problem document: %s %o', async ([path, headers], { expect }) => {
    const fixture = await anEdge();
    const response = await fixture.fetch(path, { headers });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('is one from forward authentication across origins, too', async ({ expect }) => {
    const origin = 'https://app.example.test';
    const fixture = await anEdge({ CORS_ORIGINS: origin });
    const headers = { accept: BROWSER, origin };
    const response = await fixture.fetch('/auth/token/validate', { headers });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('an error of an OAuth endpoint', () => {
  const ENDPOINTS = [
    '/oauth2/token',
    '/oauth2/par',
    '/oauth2/revoke',
    '/oauth2/introspect',
    '/oauth2/device_authorization',
    '/oauth2/bc-authorize',
    '/oauth2/register',
    '/oauth2/register/client-1',
    '/oauth2/userinfo',
    '/oauth2/nothing',
  ];
  const errorOf = async (response: Response) => {
    const {
      error,
      error_description: description,
      ...rest
    } = await response.json<Record<string, unknown>>();
    return [response.status, response.headers.get('content-type'), error, typeof description, rest];
  };
  const JSON_TYPE = 'application/json';

  it.for(ENDPOINTS)('%s: is RFC 6749 §5.2, whatever fails', async (path, { expect }) => {
    const fixture = await anEdge({ ...STRICT, RATE_LIMIT_OAUTH: '3', RATE_LIMIT_PAGES: '3' });
    const ids = { correlationId: 'c', instance: path };
    const unavailable = [503, JSON_TYPE, 'temporarily_unavailable', 'string', {}];
    expect(await errorOf(await fixture.fetch(path))).toEqual(unavailable);
    fixture.answer = () => problemResponse(new Problem('INTERNAL_ERROR', { detail: '"§"' }), ids);
    expect(await errorOf(await fixture.fetch(path))).toEqual([
      500,
      JSON_TYPE,
      'server_error',
      'string',
      {},
    ]);
    const wrong = new Problem('METHOD_NOT_ALLOWED', { headers: { allow: 'POST' } });
    fixture.answer = () => problemResponse(wrong, ids);
    const refused = await fixture.fetch(path);
    expect(refused.headers.get('allow')).toBe('POST');
    expect(await errorOf(refused)).toEqual([405, JSON_TYPE, 'invalid_request', 'string', {}]);
    const limited = await fixture.fetch(path);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(limited.headers.get('ratelimit-policy')).toMatch(/^"(oauth|pages)";q=3;w=60$/);
    expect(await errorOf(limited)).toEqual([429, ...unavailable.slice(1)]);
  });

  it('is JSON even for who prefers HTML, but where browsers are sent', async ({ expect }) => {
    const fixture = await anEdge();
    const typeAt = async (path: string) =>
      (await fixture.fetch(path, visit)).headers.get('content-type');
    expect(await typeAt('/oauth2/token')).toBe(JSON_TYPE);
    expect(await typeAt('/oauth2/authorize')).toBe('text/html; charset=utf-8');
    expect(await typeAt('/oauth2/nothing')).toBe('text/html; charset=utf-8');
  });

  it('has a description in the characters of RFC 6749', async ({ expect }) => {
    const titles = Object.values(ERROR_CODES)
      .filter(({ status }) => [404, 405, 413, 415, 429].includes(status) || status >= 500)
      .filter(({ title }) => !/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(title));
    expect(titles).toEqual([]);
  });

  it('leaves a refused token to its challenge', async ({ expect }) => {
    const fixture = await anEdge();
    const ids = { correlationId: 'c', instance: '/oauth2/userinfo' };
    fixture.answer = () => problemResponse(new Problem('AUTH_TOKEN_EXPIRED'), ids);
    const response = await fixture.fetch('/oauth2/userinfo');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });
});

describe('prefersHtml()', () => {
  it.for([
    [BROWSER, true],
    ['text/html', true],
    ['text/html, */*', true],
    ['TEXT/HTML;Q=0.5, application/json;q=0.4', true],
    ['', false],
    ['*/*', false],
    ['application/json', false],
    ['application/json, text/html', false],
    ['text/html;q=0', false],
    ['text/html;q=x', false],
    ['text/html;q=0.5, */*;q=0.9', false],
    ['text/plain, application/problem+json', false],
  ] as const)('takes %s for %s', ([accept, expected], { expect }) => {
    expect(prefersHtml(new Headers({ accept }))).toBe(expected);
  });
});
