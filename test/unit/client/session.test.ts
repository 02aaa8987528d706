import { describe, expect, it } from 'vitest';

import {
  readStoredSession,
  toSession,
  writeStoredSession,
} from '../../../client/src/auth/session.ts';

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

describe('what is stored', () => {
  it('comes back as it was', () => {
    const session = toSession(REPLY, 1_000);
    expect(session).toMatchObject({ expiresAt: 901_000, lifetime: 900_000 });
    if (session === undefined) throw new TypeError('Cannot go on: no session');
    expect(readStoredSession(writeStoredSession({ session, skew: 7 }))).toEqual({
      session,
      skew: 7,
    });
  });

  it('is nothing where somebody else wrote it, or another version', () => {
    const session = toSession(REPLY, 0);
    for (const text of ['', 'null', '[]', '{', '{"version":1}', '{"version":1,"session":{}}']) {
      expect(readStoredSession(text)).toBeUndefined();
    }
    expect(readStoredSession(JSON.stringify({ version: 2, session, skew: 0 }))).toBeUndefined();
  });

  it.each(
    Object.keys(REPLY).filter((name) => !/^(tokenType|refreshExpiresIn|expiresIn)$/.test(name)),
  )('needs %s of a reply', (name) => {
    expect(toSession({ ...REPLY, [name]: undefined }, 0)).toBeUndefined();
  });
});
