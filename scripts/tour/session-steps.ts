import { setTimeout as sleep } from 'node:timers/promises';

import { expectStatus, expectThat, listOf, textOf } from './expect.ts';
import { type Fact, type Step, shortened, type Tour, tokensOf } from './tour.ts';

const VALIDATE = '/api/v1/auth/token/validate';

/** How fast an ended session is refused everywhere, and a little for the way there. */
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

/** @throws {Surprise} If the edge still accepts the token after 5 s. */
export async function untilRefused(
  { client }: Pick<Tour, 'client'>,
  token: string,
): Promise<number> {
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
