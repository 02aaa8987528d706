import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createAdministrator } from '../../scripts/local/administrator.ts';
import { UNKNOWN_MEMBER, UNKNOWN_PARAMETER } from '../../shared/http/unknown-input.ts';
import { ApiClient } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';
import { type BodyOperation, DocumentedApi, type JsonSchema } from '../support/node/openapi.ts';

const ADMIN = { email: 'unknown-input@example.test', password: 'an administrator’s pass phrase' };

/** Operations with a JSON body that takes unknown members, and why. */
const OPEN_BODIES: Readonly<Record<string, string>> = {
  registerClient: 'RFC 7591 §2: members that are not understood are ignored',
  replaceRegistration: 'RFC 7592 §2.2, as above',
};

/** Objects in the bodies of other operations whose members are somebody else’s, and why. */
const OPEN_OBJECTS: Readonly<Record<string, string>> = {
  'publishEvents payload': 'It is for the receiving client and is passed on as it is',
  'publishEvents events.0.payload': 'It is for the receiving client and is passed on as it is',
  'askClient payload': 'It is for the receiving client and is passed on as it is',
  'createAssertionIssuer jwks': 'RFC 7517 §5: members that are not understood are ignored',
  'replaceAssertionIssuer jwks': 'RFC 7517 §5: members that are not understood are ignored',
  'registerService openapi': 'OpenAPI allows extensions, and versions add members',
  'registerService openapi.paths': 'Its members are paths',
  'replaceService openapi': 'OpenAPI allows extensions, and versions add members',
  'replaceService openapi.paths': 'Its members are paths',
};

/** Operations that take unknown query parameters, and why. */
const OPEN_QUERIES: Readonly<Record<string, string>> = {
  'get /connect': 'A hub goes on with the parameters that it understands (protocol.md)',
  'get /health': 'Monitors add parameters against caches',
  'get /openapi.json': 'A document, not a request for something to be done',
  'get /api/v1/auth/oauth/{provider}/callback': 'RFC 6749 §4.1.2: ignore what a provider adds',
  'get /auth/oauth/{provider}/callback': 'RFC 6749 §4.1.2: ignore what a provider adds',
};
const OPEN_PATHS = /^\/(?:oauth2|\.well-known)\//;

/** What a body needs besides the members that its schema requires. */
const NEEDED: Readonly<Record<string, object>> = {
  createAssertionIssuer: { jwksUri: 'https://idp.example.com/jwks' },
  registerService: { endpoints: [] },
  replaceService: { endpoints: [] },
  replaceAssertionIssuer: { jwksUri: 'https://idp.example.com/jwks' },
};

/** The name of a member and of a parameter that no operation has. */
const UNKNOWN = 'surprise';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let client: ApiClient;
let token: string;
let api: DocumentedApi;

beforeAll(async () => {
  await createAdministrator({ connectionString: inject('databaseUrl'), ...ADMIN });
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  client = new ApiClient(workers.url, { 'cf-connecting-ip': '203.0.113.98' });
  token = (await client.login(ADMIN)).json.accessToken;
  api = new DocumentedApi((await client.call('/openapi.json')).json);
});
afterAll(async () => workers[Symbol.asyncDispose]());

const send = async ({ method, path }: BodyOperation, body: unknown) => {
  const options = { method: method.toUpperCase(), token, body };
  const { status, json } = await client.call(addressOf(path), options);
  return { status, code: json?.code, errors: json?.errors };
};

/** The path with an id of the right form in each place. */
const addressOf = (path: string): string =>
  path
    .replaceAll('{accountId}', crypto.randomUUID())
    .replaceAll(/\{\w+\}/g, 'a')
    .replaceAll(/\s/g, '');

const refusal = (path: string, message: string) => ({
  status: 400,
  code: 'VALIDATION_ERROR',
  errors: [{ path, message }],
});

describe('a JSON body of any documented operation', () => {
  const closed = () => api.bodies().filter(({ id }) => OPEN_BODIES[id] === undefined);

  it('is refused by the name of an unknown member, in each of its objects', async () => {
    let tried = 0;
    for (const operation of closed()) {
      for (const { path, bodyWith } of api.closedObjects(operation.schema)) {
        const body = { ...NEEDED[operation.id], ...bodyWith({ [UNKNOWN]: 1 }) };
        const found = await send(operation, body);
        const where = [...path, UNKNOWN].join('.');
        expect({ [operation.id]: found }).toEqual({
          [operation.id]: refusal(where, UNKNOWN_MEMBER),
        });
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(closed().length);
  });

  it('is refused if it names a member twice', async () => {
    for (const operation of closed()) {
      const found = await send(operation, `{"${UNKNOWN}":1,"${UNKNOWN}":1}`);
      expect({ [operation.id]: found }).toEqual({
        [operation.id]: refusal('', `Names the member "${UNKNOWN}" twice`),
      });
    }
  });

  it('is documented as closed in each object, or there is a reason', () => {
    const open = closed().flatMap(({ id, schema }) =>
      api.openObjects(schema).map((path) => `${id} ${path.join('.')}`),
    );
    expect(new Set(open)).toEqual(new Set(Object.keys(OPEN_OBJECTS)));
  });

  it('is among those that take unknown members only if there is a reason', () => {
    const ids = api.bodies().map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(Object.keys(OPEN_BODIES)));
    expect(ids.length).toBeGreaterThan(40);
  });

  it('has no schema that nothing could meet: a closed one within an allOf', () => {
    const within = closed().flatMap(({ id, schema }) =>
      api.walk(schema).some(({ allOf }: JsonSchema) => allOf !== undefined) ? [id] : [],
    );
    expect(within).toEqual([]);
  });
});

describe('the query of any documented operation', () => {
  it('is refused by the name of an unknown parameter, or there is a reason', async () => {
    const isOpen = new Set<string>();
    for (const { method, path } of api.operations()) {
      if (OPEN_PATHS.test(path)) continue;
      const address = `${addressOf(path)}?${UNKNOWN}=1`;
      const { json } = await client.call(address, { method: method.toUpperCase(), token });
      const faults: readonly unknown[] = json?.errors ?? [];
      const named = { path: UNKNOWN, message: UNKNOWN_PARAMETER };
      if (!faults.some((fault) => JSON.stringify(fault) === JSON.stringify(named))) {
        isOpen.add(`${method} ${path}`);
      }
    }
    expect(isOpen).toEqual(new Set(Object.keys(OPEN_QUERIES)));
  });
});
