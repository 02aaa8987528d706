/**
 * What every proxy does that asks Sallyport about its requests, whichever proxy it is.
 *
 * @module
 */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { aProof, aProver, ath, type Prover, proofClaims } from '../support/dpop-forge.ts';
import { type Administered, createClient, credentials } from '../support/node/administered.ts';
import { eventually } from '../support/node/eventually.ts';
import { freePort } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';
import { postToken, send } from '../support/node/oauth-requests.ts';
import { nowSeconds, tokenProof } from '../support/node/proofs.ts';
import { issuer, newPerson, type Person, postJson } from '../support/node/provider.ts';
import { type Daemon, findProgram } from './daemon.ts';
import { type Received, Upstream } from './upstream.ts';

/** The addresses that a configuration names. */
export type Addresses = {
  /** Where the proxy listens, on 127.0.0.1. */
  readonly port: number;
  /** `http://127.0.0.1:<port>`, of Sallyport. */
  readonly sallyport: string;
  /** `127.0.0.1:<port>`, of the server behind the proxy. */
  readonly upstream: string;
  /** The conditions on tokens, such as `?scope=admin`, or nothing. */
  readonly query: string;
};

export type Proxy = {
  readonly program: string;
  readonly start: (path: string, addresses: Addresses) => Promise<Daemon>;
  /** The methods with which a request may arrive. */
  readonly methods?: readonly string[];
};

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The five headers, and what a client writes there to pass for somebody else. */
const FORGED = {
  'x-auth-subject': 'somebody-else',
  'x-auth-session-id': 'forged',
  'x-auth-client-id': 'forged',
  'x-auth-scopes': 'admin',
  'x-auth-roles': 'admin',
};

/** A request to a proxy, whose answer is read in any case. */
async function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  init: RequestInit = {},
) {
  const response = await fetch(url, { redirect: 'manual', ...init, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

class Fixture {
  readonly upstream: Upstream;
  readonly machine: Administered;
  readonly person: Person;
  readonly accessToken: string;
  readonly #daemons: Daemon[] = [];

  private constructor(
    upstream: Upstream,
    machine: Administered,
    person: Person,
    accessToken: string,
  ) {
    this.upstream = upstream;
    this.machine = machine;
    this.person = person;
    this.accessToken = accessToken;
  }

  static async create(): Promise<Fixture> {
    const machine = await createClient({
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'],
      redirect_uris: [],
    });
    const person = await newPerson();
    return new Fixture(await Upstream.listen(), machine, person, await signIn(person));
  }

  /** Starts the proxy, and returns its origin. */
  async start(proxy: Proxy, path: string, query = '', sallyport = issuer()): Promise<string> {
    const port = await freePort();
    const { host: upstream } = this.upstream;
    this.#daemons.push(await proxy.start(path, { port, sallyport, upstream, query }));
    return `http://127.0.0.1:${port}`;
  }

  /** The requests that reached the server behind the proxy since the last question. */
  arrived(): readonly Received[] {
    return this.upstream.received.splice(0);
  }

  async close(): Promise<void> {
    for (const daemon of this.#daemons) await daemon[Symbol.asyncDispose]();
    await this.upstream[Symbol.asyncDispose]();
  }
}

async function signIn({ email, password }: Person): Promise<string> {
  const response = await postJson('/api/v1/auth/login', { email, password });
  return ((await response.json()) as { accessToken: string }).accessToken;
}

/** A token of the client's own; with a prover, one that is bound to its key. */
async function clientToken(machine: Administered, prover?: Prover): Promise<string> {
  const form = { grant_type: 'client_credentials', ...credentials(machine) };
  const { body } = await postToken(form, prover && (await tokenProof(prover)));
  return String(body['access_token']);
}

/** Runs the tests of forward authentication against a proxy; where it is not installed, says so. */
export function describeForwardAuth(proxy: Proxy): void {
  const path = findProgram(proxy.program);
  if (path === undefined) {
    notRun(`forward authentication of ${proxy.program}, which is not installed`);
    return;
  }
  describe(`${proxy.program}, as docs/forward-auth.md configures it`, () => {
    let fixture: Fixture;
    let origin: string;

    beforeAll(async () => {
      fixture = await Fixture.create();
      origin = await fixture.start(proxy, path);
    });
    afterAll(() => fixture.close());
    beforeEach(() => fixture.arrived());

    it.each(proxy.methods ?? METHODS)(
      'passes %s on with its body, and says whose it is',
      async (method) => {
        const body = ['GET', 'OPTIONS'].includes(method) ? '' : '{"a":1}';
        const sent = { ...bearer(fixture.accessToken), ...FORGED, 'content-type': 'text/plain' };
        const { status, text } = await ask(`${origin}/orders?page=2`, sent, {
          method,
          ...(body !== '' && { body }),
        });
        expect([status, text]).toEqual([200, 'from upstream']);
        const [received] = fixture.arrived();
        expect(received).toMatchObject({ method, path: '/orders?page=2', body });
        expect(received?.headers).toMatchObject({
          'x-auth-subject': fixture.person.accountId,
          'x-auth-client-id': 'sallyport',
          'x-auth-roles': expect.not.stringContaining('admin'),
          'x-auth-scopes': expect.not.stringContaining('admin'),
          'x-auth-session-id': expect.not.stringContaining('forged'),
        });
      },
    );

    it('passes HEAD on', async () => {
      const { status } = await ask(`${origin}/`, bearer(fixture.accessToken), { method: 'HEAD' });
      expect([status, fixture.arrived()]).toMatchObject([200, [{ method: 'HEAD' }]]);
    });

    it('leaves nothing of a client’s own X-Auth-* headers, whatever the token lacks', async () => {
      const token = await clientToken(fixture.machine);
      // Many frameworks read both spellings as one name.
      const folded = Object.keys(FORGED).map((name) => [name.replaceAll('-', '_'), 'forged']);
      const headers = { ...bearer(token), ...FORGED, ...Object.fromEntries(folded) };
      const { status } = await ask(`${origin}/`, headers);
      const [received] = fixture.arrived();
      expect([status, received?.headers['x-auth-subject']]).toEqual([
        200,
        fixture.machine.clientId,
      ]);
      expect(JSON.stringify(received?.headers)).not.toMatch(/forged|admin|somebody-else/);
    });

    it.each([
      ['no token', {}, /^Bearer resource_metadata="/],
      ['no token of ours', bearer('a.b.c'), /^Bearer error="invalid_token"/],
      ['a password', { authorization: 'Basic YTpi' }, /^Bearer resource_metadata="/],
    ])('answers %s with 401 and the challenge', async (_, headers, challenge) => {
      for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS']) {
        const answer = await ask(`${origin}/`, headers, { method });
        expect([method, answer.status]).toEqual([method, 401]);
        expect(answer.headers.get('www-authenticate')).toMatch(challenge);
      }
      expect(fixture.arrived()).toEqual([]);
    });

    it('sends a browser to the page where people sign in, and no program', async () => {
      const page = await ask(`${origin}/orders`, { accept: 'text/html,*/*;q=0.8' });
      expect([page.status, page.headers.get('location')]).toEqual([
        302,
        expect.stringMatching(/\/sign-in$/),
      ]);
      const program = await ask(`${origin}/orders`, { accept: '*/*' });
      expect(program.status).toBe(401);
      expect(fixture.arrived()).toEqual([]);
    });

    it('answers a token without the scope with 403 and the challenge', async () => {
      const strict = await fixture.start(proxy, path, '?scope=reports');
      const { status, headers } = await ask(`${strict}/`, bearer(fixture.accessToken));
      expect([status, headers.get('www-authenticate')]).toEqual([
        403,
        expect.stringMatching(/^Bearer error="insufficient_scope", scope="reports"/),
      ]);
      expect(fixture.arrived()).toEqual([]);
    });

    it('takes a DPoP proof for the request itself, once, and passes the nonce on', async () => {
      const prover = await aProver();
      const token = await clientToken(fixture.machine, prover);
      const url = `${origin}/orders?page=2`;
      const prove = async (method: string, htu: string, nonce?: string) => {
        const claims = {
          jti: crypto.randomUUID(),
          iat: nowSeconds(),
          nonce,
          ath: await ath(token),
        };
        const dpop = await aProof(prover, proofClaims(method, htu, claims));
        return { authorization: `DPoP ${token}`, dpop };
      };
      const first = await ask(url, await prove('POST', url), { method: 'POST', body: 'x' });
      expect([first.status, first.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringMatching(/^DPoP error="use_dpop_nonce"/),
      ]);
      const nonce = first.headers.get('dpop-nonce') ?? '';
      const proof = await prove('POST', url, nonce);
      const send = (headers: Record<string, string>) =>
        ask(url, headers, { method: 'POST', body: 'x' });
      expect((await send(proof)).status).toBe(200);
      expect((await send(proof)).status).toBe(401);
      for (const wrong of [
        await prove('GET', url, nonce),
        await prove('POST', `${origin}/other`, nonce),
        await prove('POST', `${issuer()}/auth/forward`, nonce),
      ]) {
        expect((await send(wrong)).status).toBe(401);
      }
      expect((await send(bearer(token))).status).toBe(401);
      expect(fixture.arrived()).toHaveLength(1);
    });

    it('does not let a client name the request that its proof is for', async () => {
      const prover = await aProver();
      const token = await clientToken(fixture.machine, prover);
      const other = `${origin}/other`;
      const { headers: given } = await send('/oauth2/token', {
        method: 'POST',
        headers: { dpop: 'x' },
      });
      const nonce = given.get('dpop-nonce') ?? '';
      const claims = { jti: crypto.randomUUID(), iat: nowSeconds(), nonce, ath: await ath(token) };
      const dpop = await aProof(prover, proofClaims('GET', other, claims));
      const { status } = await ask(`${origin}/orders`, {
        authorization: `DPoP ${token}`,
        dpop,
        'x-forwarded-proto': 'http',
        'x-forwarded-host': new URL(origin).host,
        'x-forwarded-uri': '/other',
        'x-forwarded-method': 'GET',
        'x-original-url': other,
        'x-original-method': 'GET',
      });
      expect(status).not.toBe(200);
      expect(fixture.arrived()).toEqual([]);
    });

    it('refuses the token within five seconds after its user signed out', async () => {
      const token = await signIn(fixture.person);
      expect((await ask(origin, bearer(token))).status).toBe(200);
      await postJson('/api/v1/auth/logout', {}, bearer(token));
      await eventually(async () => expect((await ask(origin, bearer(token))).status).toBe(401));
      fixture.arrived();
    });

    it.each([
      [429, 429],
      [503, 503],
      [500, 503],
      [400, 503],
      [302, 503],
    ])(
      'lets nobody in while Sallyport answers %i: the client gets %i',
      async (status, expected) => {
        await using sallyport = await Upstream.listen();
        const elsewhere = status === 302 && { location: 'https://elsewhere.example.test/' };
        sallyport.answer = { status, headers: { 'retry-after': '7', ...elsewhere } };
        const failing = await fixture.start(proxy, path, '', `http://${sallyport.host}`);
        const answer = await ask(`${failing}/`, bearer(fixture.accessToken));
        expect(answer.status).toBe(expected);
        expect(answer.headers.get('location')).toBeNull();
        if (status === 429) expect(answer.headers.get('retry-after')).toBe('7');
        expect(fixture.arrived()).toEqual([]);
      },
    );

    it('lets nobody in while Sallyport cannot be reached', async () => {
      const nobody = await fixture.start(proxy, path, '', `http://127.0.0.1:${await freePort()}`);
      expect([502, 503]).toContain((await ask(`${nobody}/`, bearer(fixture.accessToken))).status);
      expect(fixture.arrived()).toEqual([]);
    });
  });
}
