import { setTimeout as sleep } from 'node:timers/promises';
import { RESPONSE_HEADER_BYTES, type ResponseFrame } from '../../shared/hub-protocol/frame.ts';
import {
  expectStatus,
  expectThat,
  listOf,
  type Reply,
  type TourClient,
  TourError,
  textOf,
} from './client.ts';
import { HubClient, within } from './hub-client.ts';

/** A result to show, as a name and a value without secrets. */
export type Fact = readonly [name: string, value: string];

export type Tokens = {
  readonly accountId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
};

/** The state that one step leaves for the next. */
export type Tour = {
  readonly client: TourClient;
  readonly url: string;
  readonly person: { readonly email: string; readonly password: string };
  /** The tokens of the first session. */
  tokens: Tokens;
  /** The refresh token before the current one. */
  usedRefreshToken: string;
  /** The tokens of the second session. */
  other: Tokens;
  hub: HubClient | undefined;
  /** GUIDs of this session's endpoints, by `service METHOD:/path`. */
  endpoints: ReadonlyMap<string, string>;
};

type Step = {
  readonly title: string;
  /** @throws {TourError} If an expectation does not hold. */
  run(tour: Tour): Promise<readonly Fact[]>;
};

function tokensOf(reply: Reply, status: number): Tokens {
  expectStatus(reply, status);
  return {
    accountId: textOf(reply, 'accountId'),
    sessionId: textOf(reply, 'sessionId'),
    accessToken: textOf(reply, 'accessToken'),
    refreshToken: textOf(reply, 'refreshToken'),
  };
}

/** Shows the ends of a token, which tell it from another and do not reveal it. */
const shortened = (token: string): string =>
  `${token.slice(0, 6)}…${token.slice(-4)} (${token.length} characters)`;

const VALIDATE = '/api/v1/auth/token/validate';

/** The time after which an ended session is refused everywhere, and a margin for the request. */
const REVOCATION_MS = 5_000;
const MARGIN_MS = 1_000;

export const SESSION_STEPS: readonly Step[] = [
  {
    title: 'Register',
    async run(tour) {
      const reply = await tour.client.call('/api/v1/auth/register', { body: tour.person });
      tour.tokens = tokensOf(reply, 201);
      return [
        ['account', tour.tokens.accountId],
        ['session', tour.tokens.sessionId],
        ['access token', shortened(tour.tokens.accessToken)],
        ['refresh token', shortened(tour.tokens.refreshToken)],
      ];
    },
  },
  {
    title: 'Read the profile',
    async run({ client, tokens, person }) {
      const reply = await client.call('/api/v1/auth/profile', { token: tokens.accessToken });
      const email = textOf(expectStatus(reply, 200), 'email');
      expectThat(email === person.email, 'the address that registered');
      return [['email', email]];
    },
  },
  {
    title: 'Validate the access token at the edge',
    async run({ client, tokens }) {
      const reply = await client.call(VALIDATE, { body: { token: tokens.accessToken } });
      expectThat(textOf(expectStatus(reply, 200), 'subject') === tokens.accountId, 'our subject');
      return [
        ['subject', textOf(reply, 'subject')],
        ['client', textOf(reply, 'clientId')],
      ];
    },
  },
  {
    title: 'Answer a proxy (forward authentication)',
    async run({ client, tokens }) {
      const reply = await client.call(VALIDATE, { token: tokens.accessToken });
      const subject = expectStatus(reply, 200).headers.get('x-auth-subject');
      expectThat(subject === tokens.accountId, 'x-auth-subject to be our account');
      expectStatus(await client.call(VALIDATE, { token: `${tokens.accessToken}x` }), 401);
      return [
        ['x-auth-subject', tokens.accountId],
        ['a forged token', '401'],
      ];
    },
  },
  {
    title: 'Refresh',
    async run(tour) {
      tour.usedRefreshToken = tour.tokens.refreshToken;
      tour.tokens = tokensOf(await refresh(tour), 200);
      const isNew = tour.tokens.refreshToken !== tour.usedRefreshToken;
      expectThat(isNew, 'another refresh token');
      return [
        ['access token', shortened(tour.tokens.accessToken)],
        ['refresh token', shortened(tour.tokens.refreshToken)],
      ];
    },
  },
  {
    title: 'Send the same refresh again, as after a lost answer',
    async run(tour) {
      const again = tokensOf(await refresh(tour), 200);
      const isSame = again.refreshToken === tour.tokens.refreshToken;
      expectThat(isSame, 'the same successor, byte for byte');
      return [['refresh token', `${shortened(again.refreshToken)}: the same one, not theft`]];
    },
  },
  {
    title: 'Sign in a second time, as from another device',
    async run(tour) {
      const body = { ...tour.person, deviceInfo: { name: 'Second device' } };
      tour.other = tokensOf(await tour.client.call('/api/v1/auth/login', { body }), 200);
      expectThat(tour.other.sessionId !== tour.tokens.sessionId, 'a session of its own');
      return [['session', tour.other.sessionId]];
    },
  },
  {
    title: 'List the sessions',
    async run({ client, tokens }) {
      const reply = await client.call('/api/v1/sessions', { token: tokens.accessToken });
      const sessions = listOf(expectStatus(reply, 200).json, 'sessions');
      expectThat(sessions.length === 2, `2 sessions, not ${sessions.length}`);
      return sessions.map(
        (session): Fact => [
          session['current'] === true ? 'this one' : 'the other',
          String(session['sessionId']),
        ],
      );
    },
  },
  {
    title: 'End the other session, and see its token refused',
    async run({ client, tokens, other }) {
      const path = `/api/v1/sessions/${other.sessionId}`;
      expectStatus(await client.call(path, { method: 'DELETE', token: tokens.accessToken }), 204);
      const took = await untilRefused({ client }, other.accessToken);
      return [['refused everywhere after', `${(took / 1000).toFixed(1)} s (at most 5)`]];
    },
  },
];

const refresh = ({ client, usedRefreshToken }: Tour) =>
  client.call('/api/v1/auth/token/refresh', { body: { refreshToken: usedRefreshToken } });

/** @throws {TourError} If the edge still accepts the token after 5 s. */
async function untilRefused({ client }: Pick<Tour, 'client'>, token: string): Promise<number> {
  const began = Date.now();
  for (;;) {
    const reply = await client.call(VALIDATE, { body: { token } });
    const took = Date.now() - began;
    if (reply.status === 401) return took;
    expectStatus(reply, 200);
    expectThat(took < REVOCATION_MS + MARGIN_MS, 'the token to be refused within 5 s');
    await sleep(200);
  }
}

const AUTHENTICATION_ENDED = 4401;

export const HUB_STEPS: readonly Step[] = [
  {
    title: 'Open the WebSocket and read the capability manifest',
    async run(tour) {
      const hub = new HubClient(tour.url, tour.tokens.accessToken);
      tour.hub = hub;
      await hub.opened();
      const manifest = await hub.event('connect.capability-manifest');
      const apis = listOf(manifest, 'availableApis');
      tour.endpoints = new Map(
        apis.map((api) => [
          `${String(api['service'])} ${String(api['endpoint'])}`,
          String(api['serviceId']),
        ]),
      );
      expectThat(tour.endpoints.size > 0, 'endpoints in the manifest');
      return [...tour.endpoints].map(([name, guid]) => [name, guid]);
    },
  },
  {
    title: 'Call the profile endpoint in a 31-byte frame',
    async run(tour) {
      const response = await callEndpoint(tour, /GET:\S*\/profile$/);
      expectThat(response.text.includes(tour.person.email), 'our address in the profile');
      return [['response', described(response)]];
    },
  },
  {
    title: 'Call the echo endpoint',
    async run(tour) {
      const payload = { hello: 'hub', at: Date.now() };
      const response = await callEndpoint(tour, /POST:\S*\/echo$/, payload);
      expectThat(response.text.includes(JSON.stringify(payload)), 'what was sent');
      return [
        ['response', described(response)],
        ['payload', response.text],
      ];
    },
  },
  {
    title: 'Log out, and see the socket closed',
    async run({ client, tokens, hub }) {
      if (hub === undefined) throw new TourError('expected an open socket');
      const { accessToken: token } = tokens;
      expectStatus(await client.call('/api/v1/auth/logout', { method: 'POST', token }), 204);
      const { code, reason } = await within(hub.closed, 'the close of the socket');
      expectThat(code === AUTHENTICATION_ENDED, `close code 4401, not ${code} ${reason}`);
      const took = await untilRefused({ client }, token);
      return [
        ['socket', `closed, ${code} ${reason}`],
        ['access token', `refused after ${(took / 1000).toFixed(1)} s`],
      ];
    },
  },
];

type Answered = { readonly frame: ResponseFrame; readonly text: string };

async function callEndpoint(tour: Tour, name: RegExp, payload?: unknown): Promise<Answered> {
  const guid = [...tour.endpoints].find(([endpoint]) => name.test(endpoint))?.[1];
  if (guid === undefined || tour.hub === undefined) {
    throw new TourError(`expected ${name.source} in the manifest`);
  }
  const frame = await tour.hub.call({ guid, ...(payload === undefined ? {} : { payload }) });
  expectThat(frame.code === 0, `response code 0, not ${frame.code}`);
  return { frame, text: new TextDecoder().decode(frame.payload) };
}

const described = ({ frame }: Answered): string =>
  `code ${frame.code} OK, ${RESPONSE_HEADER_BYTES} + ${frame.payload.length} bytes`;
