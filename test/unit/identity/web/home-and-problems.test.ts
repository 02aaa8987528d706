import { describe, expect, it } from 'vitest';

import { encodeProblem, PROBLEM_HEADER } from '../../../../shared/contracts/edge/shown-problem.ts';
import type { ErrorCode } from '../../../../shared/contracts/http/error-codes.ts';
import { Problem, problemResponse } from '../../../../shared/http/problem.ts';
import { IdentityFixture } from '../../../support/identity-fixture.ts';

const identity = new IdentityFixture({ BRAND_NAME: 'Castle Games', BRAND_COLOR: '#ffd400' });

const open = async (path: string, headers = {}) => {
  const response = await identity.fetch(new Request(`https://id.example.test${path}`, { headers }));
  const policy = response.headers.get('content-security-policy');
  return { status: response.status, policy, html: await response.text() };
};

async function problemPage(code: ErrorCode, detail?: string) {
  const problem = new Problem(code, detail === undefined ? {} : { detail });
  const document = problemResponse(problem, { correlationId: 'id-1', instance: '/x' });
  return open('/pages/problem', { [PROBLEM_HEADER]: encodeProblem(await document.text()) });
}

/** What the account page of the same deployment loads, and by which policy. */
const isOnBrand = async ({ html, policy }: { html: string; policy: string | null }) => {
  const other = await open('/sign-in');
  const styles = (page: string) => page.match(/<link rel="(?:icon|stylesheet)"[^>]+>/g);
  expect(styles(html)).toEqual(styles(other.html));
  expect(policy).toBe(other.policy);
  expect(html).toContain('Castle Games');
  expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i);
};

describe('the start page', () => {
  it('is on brand, and leads to the account and to what developers need', async () => {
    const page = await open('/');
    expect(page.status).toBe(200);
    await isOnBrand(page);
    const links = [...page.html.matchAll(/href="(\/[^"]*)"/g)].map(([, href]) => href);
    expect(links).toEqual(expect.arrayContaining(['/account', '/docs']));
  });
});

describe('the page about a problem', () => {
  it.each([
    ['NOT_FOUND', 404, 'There is nothing here'],
    ['METHOD_NOT_ALLOWED', 405, 'The method is not allowed here'],
    ['RATE_LIMITED', 429, 'Too many requests'],
    ['INTERNAL_ERROR', 500, 'Something went wrong on our side'],
    ['SERVICE_UNAVAILABLE', 503, 'We cannot do this at the moment'],
  ] as const)('says %s as a page on brand: %i, %s', async (code, status, title) => {
    const page = await problemPage(code);
    expect(page.status).toBe(status);
    await isOnBrand(page);
    expect(page.html).toContain(`<h1>${title}</h1>`);
    expect(page.html).toContain(`<code>${code}</code>`);
    expect(page.html).toContain('<code>id-1</code>');
    expect(page.html).toContain('<a href="/">');
  });

  it('shows what was too much, and escapes it', async () => {
    const page = await problemPage('RATE_LIMITED', 'Too many <b>pages</b>');
    expect(page.html).toContain('<p>Too many &lt;b&gt;pages&lt;/b&gt;.</p>');
  });

  it('is for the edge alone', async () => {
    expect((await open('/pages/problem')).status).toBe(404);
  });
});
