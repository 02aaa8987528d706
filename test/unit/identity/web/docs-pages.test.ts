import { describe, expect, it } from 'vitest';

import { ERROR_CODES, type ErrorCode } from '../../../../shared/contracts/http/error-codes.ts';
import { Problem, problemResponse } from '../../../../shared/http/problem.ts';
import { emptyAnswer, presentAnswer } from '../../../../shared/hub-protocol/answer.ts';
import {
  RESPONSE_CODES,
  type ResponseName,
} from '../../../../shared/hub-protocol/response-codes.ts';
import { findRoute } from '../../../../workers/edge/gateway/routes.ts';
import { describeApp } from '../../../../workers/identity/describe.ts';
import { apiPage } from '../../../../workers/identity/web/docs/api-page.ts';
import { IdentityFixture } from '../../../support/identity-fixture.ts';

const identity = new IdentityFixture();

/** The page that a problem's `type` leads to, if a browser gets there. */
async function pageOf(type: string, from: string) {
  const { pathname, hash, href } = new URL(type, `https://id.example.test${from}`);
  expect(findRoute(pathname)).toMatchObject({ to: 'identity', open: true });
  const page = await identity.fetch(new Request(href));
  const policy = page.headers.get('content-security-policy');
  const html = await page.text();
  return { status: page.status, policy, html, hasAnchor: html.includes(`id="${hash.slice(1)}"`) };
}

const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);

it.each(codes)('the type of the problem %s leads to a page and an anchor', async (code) => {
  const ids = { correlationId: 'c', instance: '/x' };
  const { type } = await problemResponse(new Problem(code), ids).json<{ type: string }>();
  const page = await pageOf(type, '/api/v1/sessions');
  expect(page).toMatchObject({ status: 200, hasAnchor: true });
  const { status, title } = ERROR_CODES[code];
  expect(page.html).toContain(`<td>${status}</td><td>${title.replaceAll("'", '&#39;')}</td>`);
});

const names = Object.keys(RESPONSE_CODES).filter((name): name is ResponseName => name !== 'OK');

it.each(names)('the type of the hub’s problem %s leads to a page and an anchor', async (name) => {
  const { payload } = presentAnswer(emptyAnswer(name), true);
  const { type } = JSON.parse(new TextDecoder().decode(payload)) as { type: string };
  expect(await pageOf(type, '/connect')).toMatchObject({ status: 200, hasAnchor: true });
});

it.each(['/docs/errors', '/docs/protocol'])(
  '%s needs no script and no inline style',
  async (path) => {
    const { policy, html } = await pageOf(path, '/');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(html).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i);
    const [, stylesheet = ''] = /<link rel="stylesheet" href="([^"]+)"/.exec(html) ?? [];
    const style = await identity.fetch(new Request(`https://id.example.test${stylesheet}`));
    expect(style.headers.get('content-type')).toContain('text/css');
    expect(await style.text()).toContain('prefers-color-scheme:dark');
  },
);

describe('the page of the API', () => {
  const show = async (paths: Record<string, unknown>, missing: readonly string[] = []) => {
    const info = { title: 'Sallyport', version: '1' };
    const page = await apiPage({ document: { openapi: '3.1.0', info, paths }, missing });
    const policy = page.headers.get('content-security-policy');
    return { policy, html: await page.text() };
  };

  it('shows every operation, without a script', async () => {
    const { paths } = describeApp(identity.app);
    const { html, policy } = await show(paths);
    for (const path of Object.keys(paths)) expect(html).toContain(`<code>${path}</code>`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i);
  });

  it('escapes the texts of the Workers behind, and names those that say nothing', async () => {
    const summary = '<img src=x onerror=alert(1)>"\'&';
    const { html } = await show({ '/<x>': { get: { summary, tags: [summary] } } }, ['connect']);
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x');
    expect(html).toContain('&lt;x&gt;');
    expect(html).toContain('Not described at the moment: connect.');
  });
});
