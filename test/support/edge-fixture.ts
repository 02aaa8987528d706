/** The edge with everything around it faked: clock, keys, revocation log, Workers behind. */
import type { DpopNonces } from '../../shared/contracts/identity/identity-rpc.ts';
import type { Revocation, RevocationPage } from '../../shared/contracts/identity/revocation-log.ts';
import type { LogEvent } from '../../shared/telemetry/log.ts';
import { type App, createApp } from '../../workers/edge/app.ts';
import { parseConfig, type Settings } from '../../workers/edge/config.ts';
import type { Runtime, UpstreamName, Upstreams } from '../../workers/edge/ports.ts';
import { createServices } from '../../workers/edge/services.ts';
import { anAccessToken, aSigner, ISSUER, jwkSet, NOW, type Signer } from './jws-forge.ts';

export const SETTINGS: Settings = {
  ISSUER,
  AUDIENCE: '',
  SIGNING_ALGORITHMS: 'ES256 EdDSA RS256 PS256',
  CORS_ORIGINS: '',
  RATE_LIMIT_SCALE: '1000',
  RATE_LIMIT_GLOBAL: '0',
  RATE_LIMIT_IP: '60',
  RATE_LIMIT_OAUTH: '600',
  RATE_LIMIT_PAGES: '1200',
  RATE_LIMIT_DOCUMENTS: '6000',
  RATE_LIMIT_CONNECT: '6000',
  RATE_LIMIT_USER: '100',
  RATE_LIMIT_CLIENT: '6000',
  RATE_LIMIT_TOKEN: '6000',
  DPOP_NONCE: 'required',
  QUERY_TOKEN: 'refuse',
  REVOCATION_MAX_AGE_SECONDS: '5',
  REVOCATION_UNREACHABLE_SECONDS: '60',
};

/** A runtime whose clock stands still until a test moves it, or somebody waits. */
class FakeRuntime implements Runtime {
  now = NOW;
  readonly events: LogEvent[] = [];
  readonly clock = () => this.now;
  readonly log = (event: LogEvent) => void this.events.push(event);
  readonly randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  readonly wait = async (duration: number) => {
    this.now += duration;
    await Promise.resolve();
  };
}

/** A revocation log that a test writes into. */
class FakeRevocationLog {
  epoch = '';
  pageSize = 1_000;
  reachable = true;
  /** Every `after` that was asked with. */
  readonly positions: number[] = [];
  readonly entries: Revocation[] = [];

  get calls(): number {
    return this.positions.length;
  }

  revoke(entry: Partial<Revocation>): void {
    this.epoch ||= 'first';
    this.entries.push({ kind: 'session', id: 'none', expiresAt: NOW / 1_000 + 900, ...entry });
  }

  replace(epoch: string): void {
    this.epoch = epoch;
    this.entries.length = 0;
  }

  revocations(after: number): Promise<RevocationPage> {
    this.positions.push(after);
    if (!this.reachable) return Promise.reject(new Error('Cannot reach identity: a test says so'));
    const entries = this.entries.slice(after, after + this.pageSize);
    const position = Math.min(after, this.entries.length) + entries.length;
    const more = position < this.entries.length;
    return Promise.resolve({ epoch: this.epoch, position, entries, more });
  }
}

const describeNothing = (title: string) => () =>
  Promise.resolve({ openapi: '3.1.0', info: { title, version: '1' }, paths: {} });
const isUp = (name: string) => () => Promise.resolve([{ name, status: 'UP' as const }]);

export class EdgeFixture {
  readonly runtime = new FakeRuntime();
  readonly revocationLog = new FakeRevocationLog();
  readonly forwarded: { to: UpstreamName; request: Request }[] = [];
  readonly background: Promise<unknown>[] = [];
  readonly upstreams: Upstreams;
  readonly edge: App;
  readonly signer: Signer;
  readonly jwks: { signers: Signer[]; reachable: boolean; calls: number };
  readonly nonces = { current: 'nonce-2', previous: 'nonce-1', reachable: true, calls: 0 };
  readonly usedProofs = new Set<string>();
  sessionStatus: 'live' | 'ended' | 'expired' | 'unknown' | 'revoked' | 'unreachable' = 'live';
  answer: (request: Request) => Response | Promise<Response> = () => Response.json({ ok: true });

  private constructor(signer: Signer, settings: Partial<Settings>, upstreams: Partial<Upstreams>) {
    this.signer = signer;
    this.jwks = { signers: [signer], reachable: true, calls: 0 };
    const fetch = (to: UpstreamName) => async (request: Request) => {
      this.forwarded.push({ to, request });
      return this.answer(request);
    };
    const described = (name: UpstreamName) => ({
      describe: describeNothing(name),
      health: isUp(name),
    });
    this.upstreams = {
      identity: {
        fetch: fetch('identity'),
        rpc: {
          ...described('identity'),
          apiPage: (description) => Promise.resolve(Response.json(description)),
          dpopNonces: () => this.#tellNonces(),
          useDpopProof: (id) => this.#useProof(id),
          revocations: (after) => this.revocationLog.revocations(after),
          checkSession: () =>
            this.sessionStatus === 'unreachable'
              ? Promise.reject(new Error('Cannot reach identity: a test says so'))
              : Promise.resolve(this.sessionStatus),
        },
      },
      keys: {
        fetch: fetch('keys'),
        rpc: { ...described('keys'), jwks: () => this.#publish() },
      },
      connect: { fetch: fetch('connect'), rpc: described('connect') },
      ...upstreams,
    };
    const config = parseConfig({ ...SETTINGS, ...settings });
    this.edge = createApp(createServices(config, this.upstreams, this.runtime));
  }

  static async start(
    settings: Partial<Settings> = {},
    upstreams: Partial<Upstreams> = {},
  ): Promise<EdgeFixture> {
    return new EdgeFixture(await aSigner('ES256'), settings, upstreams);
  }

  #tellNonces(): Promise<DpopNonces> {
    this.nonces.calls += 1;
    if (!this.nonces.reachable) return Promise.reject(new Error('Cannot reach identity'));
    const { current, previous } = this.nonces;
    return Promise.resolve({ current, previous, validUntil: this.runtime.now + 300_000 });
  }

  #useProof(id: string): Promise<boolean> {
    if (!this.nonces.reachable) return Promise.reject(new Error('Cannot reach identity'));
    const isNew = !this.usedProofs.has(id);
    this.usedProofs.add(id);
    return Promise.resolve(isNew);
  }

  #publish() {
    this.jwks.calls += 1;
    if (!this.jwks.reachable) return Promise.reject(new Error('Cannot reach keys: a test says so'));
    return Promise.resolve(jwkSet(...this.jwks.signers) as never);
  }

  token(claims: object = {}): Promise<string> {
    return anAccessToken(this.signer, claims);
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const address = path.startsWith('http') ? path : `https://id.example.test${path}`;
    return this.edge.fetch(new Request(address, init), {
      waitUntil: (work) => void this.background.push(work),
    });
  }

  /** Asks about a token as a service does. */
  validate(token: string, more: object = {}, query = ''): Promise<Response> {
    return this.fetch(`/api/v1/auth/token/validate${query}`, {
      method: 'POST',
      body: JSON.stringify({ token, ...more }),
    });
  }

  /** Asks as a reverse proxy does. */
  forwardAuth(token: string, query = ''): Promise<Response> {
    return this.fetch(`/api/v1/auth/token/validate${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
  }

  async settle(): Promise<void> {
    await Promise.all(this.background.splice(0));
  }
}

/** Status and code, which is what most tests are about. */
export async function outcome(response: Response | Promise<Response>): Promise<[number, string?]> {
  const settled = await response;
  const text = await settled.text();
  const body = text === '' ? {} : (JSON.parse(text) as { code?: string });
  return body.code === undefined ? [settled.status] : [settled.status, body.code];
}
