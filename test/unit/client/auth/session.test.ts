import { describe, expect, it } from 'vitest';

import {
  readStoredSession,
  toSession,
  writeStoredSession,
} from '../../../../client/src/auth/session.ts';

const REPLY = {
  accountId: 'a',
  sessionId: 'ses_1',
  accessToken: 'access',
  refreshToken: 'refresh',
  tokenType: 'Bearer',
  expiresIn: 900,
  refreshExpiresIn: 604_800,
  connectUrl: 'wss://id.example.com/connect',
};

describe('a stored session', () => {
  it('is read as it was written', () => {
    const session = toSession(REPLY, 1_000);
    expect(session).toMatchObject({ expiresAt: 901_000, lifetime: 900_000 });
    if (session === undefined) throw new TypeError('Cannot go on: no session');
    expect(readStoredSession(writeStoredSession({ session, skew: 7 }))).toEqual({
      session,
      skew: 7,
    });
  });

  it('is undefined where other code or another version wrote it', () => {
    const session = toSession(REPLY, 0);
    for (const text of ['', 'null', '[]', '{', '{"version":1}', '{"version":1,"session":{}}']) {
      expect(readStoredSession(text)).toBeUndefined();
    }
    expect(readStoredSession(JSON.stringify({ version: 2, session, skew: 0 }))).toBeUndefined();
  });

  it.each(
    Object.keys(REPLY).filter((name) => !/^(tokenType|refreshExpiresIn|expiresIn)$/.test(name)),
  )('is not made of a reply without %s', (name) => {
    expect(toSession({ ...REPLY, [name]: undefined }, 0)).toBeUndefined();
  });
});
