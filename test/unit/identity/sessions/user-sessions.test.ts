import { describe, expect, it } from 'vitest';

import type { UserSessions } from '../../../../shared/contracts/identity/user-sessions.ts';
import { ClientId, newAccountId } from '../../../../shared/ids.ts';
import { userSessions } from '../../../../workers/identity/sessions/user-sessions.ts';
import { sessionIdOf } from '../../../support/user-fixture.ts';

const stub = (answer: () => Promise<unknown>) =>
  new Proxy({} as UserSessions, { get: () => answer });
const refused = (reason: string) => ({ ok: false, error: { reason } });

/** How many ends a call reports, of an object that answers it so. */
async function endsReported(answer: unknown, call: (user: UserSessions) => Promise<unknown>) {
  let ended = 0;
  const users = userSessions(
    () => stub(async () => answer),
    () => (ended += 1),
  );
  expect(await call(users(newAccountId()))).toBe(answer);
  return ended;
}

describe('the client of a user’s object', () => {
  it('reports an end for each call that ends sessions', async () => {
    expect(await endsReported(true, (user) => user.endSession(sessionIdOf(0), 'logout'))).toBe(1);
    expect(await endsReported(2, (user) => user.endAllSessions({ reason: 'remote' }))).toBe(1);
    const client = ClientId.restore('c');
    expect(await endsReported(1, (user) => user.endClientSessions(client, 'revoked'))).toBe(1);
  });

  it('reports an end if a token was used twice, and none if no session has ended', async () => {
    const rotate = (user: UserSessions) => user.rotate({} as never);
    const redeem = (user: UserSessions) => user.redeemCode({} as never);
    expect(await endsReported(refused('refresh_reused'), rotate)).toBe(1);
    expect(await endsReported(refused('code_reused'), redeem)).toBe(1);
    expect(await endsReported(refused('refresh_expired'), rotate)).toBe(0);
    expect(await endsReported({ ok: true, value: {} }, rotate)).toBe(0);
    expect(await endsReported(undefined, (user) => user.readSession(sessionIdOf(0)))).toBe(0);
  });

  it('answers 503 where the object fails, with the failure as its cause', async () => {
    let ended = 0;
    const gone = new Error('gone');
    const fails = stub(async () => {
      throw gone;
    });
    const user = userSessions(
      () => fails,
      () => (ended += 1),
    )(newAccountId());
    for (const call of [user.listSessions(), user.endSession(sessionIdOf(0), 'logout')]) {
      const thrown = { code: 'SERVICE_UNAVAILABLE', cause: { cause: gone } };
      await expect(call).rejects.toMatchObject(thrown);
    }
    expect(ended).toBe(0);
  });

  it('answers 503 if it cannot get a stub', async () => {
    const users = userSessions(
      () => {
        throw new Error('gone');
      },
      () => undefined,
    );
    await expect(users(newAccountId()).listSessions()).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });
});
