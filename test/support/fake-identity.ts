import { WorkerEntrypoint } from 'cloudflare:workers';
import { PRINCIPAL_HEADER, readPrincipal } from '../../shared/contracts/edge/principal.ts';
import type { OpenApiDocument } from '../../shared/contracts/http/worker-rpc.ts';
import type { SessionStatus } from '../../shared/contracts/identity/identity-rpc.ts';

const bearer = { security: [{ accessToken: [] }] };
const answers = (schema: unknown) => ({
  responses: { '200': { content: { 'application/json': { schema } } } },
});
const takes = (schema: unknown) => ({
  requestBody: { required: true, content: { 'application/json': { schema } } },
});

const mayCall = (permission: object) => ({ 'x-sallyport-permission': permission });

const DOCUMENT: OpenApiDocument = {
  openapi: '3.1.0',
  info: { title: 'identity', version: '1' },
  components: {
    securitySchemes: {
      accessToken: { type: 'http', scheme: 'bearer' },
      basic: { type: 'http', scheme: 'basic' },
    },
    schemas: { Profile: { type: 'object', properties: { name: { type: 'string' } } } },
  },
  paths: {
    '/api/v1/auth/profile': {
      get: {
        ...bearer,
        ...answers({ $ref: '#/components/schemas/Profile' }),
        summary: 'Your own account',
      },
      put: { ...bearer, ...takes({ $ref: '#/components/schemas/Profile' }), ...answers({}) },
    },
    '/auth/profile': { get: { ...bearer, ...answers({}) } },
    '/api/v1/auth/register': { post: { ...bearer, ...answers({}) } },
    '/api/v1/auth/login': { post: { ...bearer, ...answers({}) } },
    '/api/v1/auth/token/validate': { post: { ...bearer, ...answers({}) } },
    '/api/v1/auth/providers': { get: answers({}) },
    '/api/v1/sessions/{sessionId}': { delete: { ...bearer, ...answers({}) } },
    '/api/v1/internal': { get: { security: [{ basic: [] }], ...answers({}) } },
    '/api/v1/test/inspect': { post: { ...bearer, ...answers({}) } },
    '/api/v1/test/count': { post: { ...bearer, ...answers({}) }, get: { ...bearer } },
    '/api/v1/test/gate': { post: { ...bearer, ...takes({}), ...answers({}) } },
    '/api/v1/test/status': { post: { ...bearer, ...takes({}), ...answers({}) } },
    '/api/v1/test/bytes': { get: { ...bearer } },
    '/api/v1/test/large': { post: { ...bearer } },
    '/api/v1/test/throw': { post: { ...bearer } },
    '/api/v1/test/administer': { post: { ...bearer, ...mayCall({ roles: ['admin'] }) } },
    '/api/v1/test/scoped': { post: { ...bearer, ...mayCall({ scopes: ['game:play'] }) } },
  },
};

/** A fake of the entrypoint of `identity` that hubs call. Tests control it by its static members. */
export class FakeIdentity extends WorkerEntrypoint {
  /** The status by session. A session that is not listed is active. */
  static readonly statuses = new Map<string, SessionStatus | 'revoked'>();
  /** Runs during the check of a session. */
  static readonly whileChecking = new Map<string, () => Promise<void>>();
  /** How often `POST count` ran, by session. */
  static readonly counts = new Map<string, number>();
  /** The names of open gates, and the order in which calls arrived at gates and passed them. */
  static readonly openGates = new Set<string>();
  static readonly arrivals: string[] = [];
  static readonly departures: string[] = [];
  static describing = true;
  /** The accounts that are not administrators, although their tokens have the role. */
  static readonly demoted = new Set<string>();
  /** The accounts whose role was checked. */
  static readonly judged: string[] = [];
  static judging = true;
  /** The account of each pairwise subject. */
  static readonly accounts = new Map<string, string>();
  static naming = true;
  /** The audiences of clients and resource servers. `undefined`: that cannot be found out. */
  static taken: ReadonlySet<string> | undefined = new Set();
  /** Runs when it is asked about audiences. */
  static whileNaming: () => Promise<void> = async () => undefined;
  /** The additional paths of a newer version. */
  static deployed: OpenApiDocument['paths'] = {};

  describe(): OpenApiDocument {
    if (!FakeIdentity.describing) throw new Error('Cannot describe: switched off by a test');
    return { ...DOCUMENT, paths: { ...DOCUMENT.paths, ...FakeIdentity.deployed } };
  }

  isAdministrator(accountId: string): boolean {
    if (!FakeIdentity.judging) throw new Error('Cannot judge: switched off by a test');
    FakeIdentity.judged.push(accountId);
    return !FakeIdentity.demoted.has(accountId);
  }

  accountOf(subject: string): string | undefined {
    if (!FakeIdentity.naming) throw new Error('Cannot name accounts: switched off by a test');
    return FakeIdentity.accounts.get(subject);
  }

  async takenAudiences(audiences: readonly string[]): Promise<readonly string[]> {
    await FakeIdentity.whileNaming();
    const { taken } = FakeIdentity;
    if (taken === undefined) throw new Error('Cannot name audiences: switched off by a test');
    return audiences.filter((audience) => taken.has(audience));
  }

  async checkSession({ sessionId }: { sessionId: string }): Promise<SessionStatus | 'revoked'> {
    await FakeIdentity.whileChecking.get(sessionId)?.();
    return FakeIdentity.statuses.get(sessionId) ?? 'live';
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    switch (pathname.replace('/api/v1/', '')) {
      case 'auth/profile':
      case 'test/administer':
      case 'test/scoped':
        return Response.json({ subject: readPrincipal(request.headers)?.subject });
      case 'test/inspect':
        return inspect(request);
      case 'test/count':
        return count(request);
      case 'test/gate':
        return gate(await request.text());
      case 'test/status':
        return refuse(Number(await request.text()));
      case 'test/bytes':
        return new Response(new Uint8Array([0, 255, 254]));
      case 'test/large':
        return Response.json('x'.repeat(5_000));
      case 'test/throw':
        throw new Error('Cannot serve: this endpoint always fails');
      default:
        return new Response(null, { status: 404 });
    }
  }
}

async function inspect(request: Request): Promise<Response> {
  return Response.json({
    method: request.method,
    path: new URL(request.url).pathname,
    headers: Object.fromEntries([...request.headers].filter(([name]) => name !== PRINCIPAL_HEADER)),
    principal: readPrincipal(request.headers),
    body: await request.text(),
  });
}

function count(request: Request): Response {
  const sessionId = readPrincipal(request.headers)?.sessionId ?? '';
  const counted = (FakeIdentity.counts.get(sessionId) ?? 0) + 1;
  FakeIdentity.counts.set(sessionId, counted);
  return Response.json({ counted });
}

/** Polls until the gate is open, because a promise cannot be shared between requests. */
async function gate(name: string): Promise<Response> {
  FakeIdentity.arrivals.push(name);
  while (!FakeIdentity.openGates.has(name)) await scheduler.wait(1);
  FakeIdentity.departures.push(name);
  return Response.json({ gate: name });
}

const refuse = (status: number): Response =>
  new Response(JSON.stringify({ status, code: 'FROM_THE_SERVICE' }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
