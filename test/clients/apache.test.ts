import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Administered, createClient } from '../support/node/administered.ts';
import { eventually } from '../support/node/eventually.ts';
import { freePort } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';
import {
  agree,
  agreed,
  issuer,
  newAgent,
  newPerson,
  type Person,
  postJson,
} from '../support/node/provider.ts';
import { ExternalRedirect } from '../support/node/user-agent.ts';
import { Browser } from './browser.ts';
import { configurationOf, Daemon, findProgram } from './daemon.ts';
import { Upstream } from './upstream.ts';

const MODULES = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'proxy',
  'proxy_http',
  'auth_openidc',
];
const FOLDER = '/usr/lib/apache2/modules';

/** What Debian's own files say around a site. An administrator's server gives its rights up. */
const around = (port: number, site: string) => `
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile apache.pid
ErrorLog error.log
${userInfo().uid === 0 ? 'User www-data\nGroup www-data' : ''}
${MODULES.map((name) => `LoadModule ${name}_module ${FOLDER}/mod_${name}.so`).join('\n')}
${site}`;

class Site {
  readonly upstream: Upstream;
  readonly daemon: Daemon;
  readonly origin: string;
  readonly client: Administered;

  private constructor(upstream: Upstream, daemon: Daemon, origin: string, client: Administered) {
    this.upstream = upstream;
    this.daemon = daemon;
    this.origin = origin;
    this.client = client;
  }

  static async start(program: string, more = ''): Promise<Site> {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const client = await createClient(
      {
        redirect_uris: [`${origin}/callback`],
        post_logout_redirect_uris: [`${origin}/signed-out`],
        backchannel_logout_uri: `${origin}/callback?logout=backchannel`,
      },
      { skipConsent: false },
    );
    const upstream = await Upstream.listen();
    const site = configurationOf('docs/forward-auth.md', 'sallyport-site.conf', {
      'https://www.example.com': origin,
      'https://id.example.com': issuer(),
      'client-id': client.clientId,
      'client-secret': client.clientSecret ?? '',
      '127.0.0.1:8080': upstream.host,
    });
    const daemon = await Daemon.start({
      program,
      args: (folder) => ['-d', folder, '-f', `${folder}/apache.conf`, '-DFOREGROUND'],
      port,
      files: () => ({ 'apache.conf': around(port, site + more) }),
    });
    return new Site(upstream, daemon, origin, client);
  }

  /** Signs the person in by the pages, and returns where the browser is then. */
  async signIn(browser: Browser, person: Person, agent = newAgent()) {
    const away = await browser.go('/orders?page=2');
    if (!(away instanceof ExternalRedirect)) throw new Error(`Stopped at ${away.url}`);
    return browser.go(await agreed(agent, away.url, person));
  }

  async close(): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
    await this.upstream[Symbol.asyncDispose]();
  }
}

const program = existsSync(`${FOLDER}/mod_auth_openidc.so`) ? findProgram('apache2') : undefined;
if (program === undefined) notRun('mod_auth_openidc, which is not installed');
else describeApache(program);

function describeApache(path: string): void {
  describe('Apache with mod_auth_openidc, as docs/forward-auth.md configures it', () => {
    let site: Site;
    let person: Person;
    beforeAll(async () => {
      site = await Site.start(path);
      person = await newPerson('Grace Hopper');
    });
    afterAll(() => site.close());

    it('signs a person in, and says who it is', async () => {
      const page = await site.signIn(new Browser(site.origin), person);
      expect([page.status, page.url.pathname, page.url.search]).toEqual([
        200,
        '/orders',
        '?page=2',
      ]);
      const received = site.upstream.received.splice(0);
      expect(received).toHaveLength(1);
      expect(received[0]?.headers).toMatchObject({
        oidc_claim_sub: person.accountId,
        oidc_claim_email: person.email,
        oidc_claim_name: 'Grace Hopper',
      });
    });

    it('does so with PKCE, too', async () => {
      const other = await Site.start(path, 'OIDCPKCEMethod S256\n');
      const page = await other.signIn(new Browser(other.origin), person);
      expect(page.status).toBe(200);
      await other.close();
    });

    it('does not pass on what a person claims to be', async () => {
      const browser = new Browser(site.origin);
      await site.signIn(browser, person);
      site.upstream.received.splice(0);
      const headers = { oidc_claim_sub: 'forged', 'oidc-claim-email': 'forged' };
      await browser.fetch('/', { headers });
      expect(JSON.stringify(site.upstream.received.splice(0))).not.toContain('forged');
    });

    it('lets nobody in who refuses; its answer to an error is a fault of its own', async () => {
      const browser = new Browser(site.origin);
      const away = await browser.go('/orders');
      const { url } = await agree(newAgent(), away.url, await newPerson(), 'Deny');
      expect(url.searchParams.get('error')).toBe('access_denied');
      // It writes two documents into one answer, which not every client can read.
      await browser.fetch(url).catch(() => undefined);
      expect((await browser.fetch('/orders')).status).toBe(302);
      expect(site.upstream.received.splice(0)).toEqual([]);
    });

    it('signs a person out, here and at the site', async () => {
      const [browser, agent] = [new Browser(site.origin), newAgent()];
      await site.signIn(browser, person, agent);
      const target = encodeURIComponent(`${site.origin}/signed-out`);
      const out = await browser.go(`/callback?logout=${target}`);
      expect(out.url.href).toContain(`${issuer()}/oauth2/logout?id_token_hint=`);
      expect((await agent.go(out.url)).url.href).toBe(`${site.origin}/signed-out`);
      expect((await browser.fetch('/orders')).status).toBe(302);
      site.upstream.received.splice(0);
    });

    it('hears of a sign-out elsewhere, by back-channel logout', async () => {
      const [browser, agent] = [new Browser(site.origin), newAgent()];
      await site.signIn(browser, person, agent);
      expect((await browser.fetch('/orders')).status).toBe(200);
      await agent.press(await agent.open('/account'), 'Sign out');
      await eventually(async () => expect((await browser.fetch('/orders')).status).toBe(302));
      site.upstream.received.splice(0);
    });

    it('introspects the token of a program, each time', async () => {
      const { email, password } = person;
      const response = await postJson('/api/v1/auth/login', { email, password });
      const { accessToken } = (await response.json()) as { accessToken: string };
      const ask = (authorization: string) =>
        fetch(site.origin, { redirect: 'manual', headers: { authorization } });
      expect((await ask(`Bearer ${accessToken}`)).status).toBe(200);
      expect(site.upstream.received.splice(0)[0]?.headers).toMatchObject({
        oidc_claim_sub: person.accountId,
        oidc_claim_email: email,
        oidc_claim_roles: 'user',
      });
      await postJson('/api/v1/auth/logout', {}, { authorization: `Bearer ${accessToken}` });
      for (const authorization of [`Bearer ${accessToken}`, 'Bearer a.b.c']) {
        const refused = await ask(authorization);
        expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
          401,
          expect.stringMatching(/^Bearer error="invalid_token"/),
        ]);
      }
      expect((await fetch(site.origin, { redirect: 'manual' })).status).toBe(401);
      expect(site.upstream.received).toEqual([]);
      // Its cache has no place for tokens of more than 512 characters.
      const log = await readFile(join(site.daemon.folder, 'error.log'), 'utf8');
      expect(log).not.toContain('key size is too large');
    });
  });
}
