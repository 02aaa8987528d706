import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type AuthEvent, Authenticator } from '../../../../client/src/auth/authenticator.ts';
import { ServerClock } from '../../../../client/src/auth/server-clock.ts';
import {
  memoryStorage,
  type SessionStorage,
  SessionStore,
} from '../../../../client/src/auth/session-store.ts';
import { SallyportError } from '../../../../client/src/common/errors.ts';
import { Listeners } from '../../../../client/src/common/listeners.ts';
import { failureOf } from '../../../support/node/failure-of.ts';
import { FakeTokenApi } from '../../../support/node/fake-token-api.ts';

const ISSUER = 'https://id.example.com';
const MINUTE = 60_000;

/** A storage that several tabs share. As in Chromium, a tab reads another's write with a delay. */
class SharedStorage {
  readonly #changes = new Listeners<{
    readonly key: string;
    readonly value: string | undefined;
    readonly by: object;
  }>();

  tab(): SessionStorage {
    const by = {};
    const values = new Map<string, string>();
    const change = (key: string, value: string | undefined): void => {
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    };
    this.#changes.add((event) => void (event.by !== by && change(event.key, event.value)));
    const write = (key: string, value: string | undefined): void => {
      change(key, value);
      setImmediate(() => setImmediate(() => this.#changes.emit({ key, value, by })));
    };
    return {
      get: (key) => values.get(key),
      set: (key, value) => write(key, value),
      remove: (key) => write(key, undefined),
      watch: (key, onChange) =>
        this.#changes.add((event) => {
          if (event.key === key && event.by !== by) onChange();
        }),
    };
  }
}

/** Waits until every tab can read what was written. */
const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns += 1) await new Promise((turn) => setImmediate(turn));
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function anAuthenticator(api: FakeTokenApi, storage: SessionStorage = memoryStorage()) {
  const events: AuthEvent[] = [];
  const authenticator = new Authenticator({
    api,
    store: new SessionStore(storage, ISSUER),
    clock: new ServerClock(Date.now),
    random: () => 0.5,
  });
  authenticator.events.add((event) => events.push(event));
  return { authenticator, events, types: () => events.map(({ type }) => type) };
}

describe('an access token', () => {
  it('is used as long as it is valid', async () => {
    const api = new FakeTokenApi();
    const { authenticator } = anAuthenticator(api);
    await authenticator.begin(api.reply());
    vi.advanceTimersByTime(13 * MINUTE);
    expect((await authenticator.current()).accessToken).toBe('access-0');
    expect(api.requests).toBe(0);
  });

  it('is replaced during its last minute of life, and awaited once it has expired', async () => {
    const api = new FakeTokenApi();
    const { authenticator, types } = anAuthenticator(api);
    await authenticator.begin(api.reply());
    vi.advanceTimersByTime(14 * MINUTE + 1_000);
    expect((await authenticator.current()).accessToken).toBe('access-0');
    await vi.waitFor(() => expect(authenticator.session?.accessToken).toBe('access-1'));

    vi.advanceTimersByTime(16 * MINUTE);
    expect((await authenticator.current()).accessToken).toBe('access-2');
    expect(types()).toEqual(['signedIn', 'tokenRefreshed', 'tokenRefreshed']);
  });

  it('is replaced when the server has refused it', async () => {
    const api = new FakeTokenApi();
    const { authenticator } = anAuthenticator(api);
    await authenticator.begin(api.reply());
    expect((await authenticator.current('access-0')).accessToken).toBe('access-1');
    expect((await authenticator.current('access-0')).accessToken).toBe('access-1');
    expect(api.rotations).toBe(1);
  });

  it('is refreshed once for all callers, also where no tab shares the storage', async () => {
    const api = new FakeTokenApi();
    const { authenticator } = anAuthenticator(api);
    await authenticator.begin(api.reply());
    const calls = Array.from({ length: 5 }, () => authenticator.current('access-0'));
    const tokens = await Promise.all(calls);
    expect(new Set(tokens.map(({ accessToken }) => accessToken))).toEqual(new Set(['access-1']));
    expect(api.requests).toBe(1);
  });

  it('is refreshed once for all callers, in every tab', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (tabs, calls) => {
          const api = new FakeTokenApi();
          const shared = new SharedStorage();
          const all = Array.from({ length: tabs }, () => anAuthenticator(api, shared.tab()));
          await all[0]?.authenticator.begin(api.reply());
          await settled();
          await Promise.all(all.map(({ authenticator }) => authenticator.restore()));
          vi.advanceTimersByTime(16 * MINUTE);
          const tokens = await Promise.all(
            all.flatMap(({ authenticator }) =>
              Array.from({ length: calls }, () => authenticator.current()),
            ),
          );
          expect(new Set(tokens.map(({ accessToken }) => accessToken))).toEqual(
            new Set(['access-1']),
          );
          expect(api.requests).toBe(1);
          expect(api.installations.size).toBe(1);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('tabs without Web Locks', () => {
  it('get the same tokens, each by its own request', async () => {
    vi.stubGlobal('navigator', {});
    const api = new FakeTokenApi();
    const shared = new SharedStorage();
    const storages = [shared.tab(), shared.tab(), shared.tab()] as const;
    const tabs = storages.map((storage) => anAuthenticator(api, storage));
    // A sign-in makes the installation id.
    await new SessionStore(storages[0], ISSUER).installationId();
    await tabs[0]?.authenticator.begin(api.reply());
    await settled();
    // The first answer comes last, and is compared with the token that the other tabs have stored.
    let requests = 0;
    api.during = async () => {
      requests += 1;
      for (let turns = requests; turns < 4; turns += 1) await settled();
    };
    const tokens = tabs.map(({ authenticator }) => authenticator.current('access-0'));
    const all = (await Promise.all(tokens)).map(({ accessToken }) => accessToken);
    expect(all).toEqual(['access-1', 'access-1', 'access-1']);
    expect(api.installations.size).toBe(1);
    vi.unstubAllGlobals();
  });
});

describe('a refresh', () => {
  it('is tried again after a network failure, with the token whose answer was lost', async () => {
    const api = new FakeTokenApi();
    const { authenticator, types } = anAuthenticator(api);
    await authenticator.begin(api.reply());
    api.failures = ['unreachable', 'lost', 'unreachable'];
    vi.advanceTimersByTime(16 * MINUTE);
    const token = authenticator.current();
    await vi.runAllTimersAsync();
    expect((await token).accessToken).toBe('access-1');
    expect(types()).toEqual(['signedIn', 'tokenRefreshed']);
  });

  it('signs nobody out after five network failures, and the next use tries again', async () => {
    const api = new FakeTokenApi();
    const { authenticator, types } = anAuthenticator(api);
    await authenticator.begin(api.reply());
    api.failures = Array.from({ length: 5 }, () => 'unreachable' as const);
    vi.advanceTimersByTime(16 * MINUTE);
    const failure = failureOf(authenticator.current());
    await vi.runAllTimersAsync();
    expect(await failure).toMatchObject({ code: 'unreachable' });
    expect(api.requests).toBe(5);
    expect(types()).toEqual(['signedIn']);
    expect((await authenticator.current()).accessToken).toBe('access-1');
  });

  it('waits as long as the server asks before it is tried again', async () => {
    const api = new FakeTokenApi();
    const { authenticator } = anAuthenticator(api);
    await authenticator.begin(api.reply());
    api.failures = [
      new SallyportError('SERVICE_UNAVAILABLE', { status: 503, retryAfterMs: 5_000 }),
    ];
    const token = authenticator.current('access-0');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(api.requests).toBe(1);
    await vi.advanceTimersByTimeAsync(125);
    expect((await token).accessToken).toBe('access-1');
  });

  it.each([
    'TOKEN_REFRESH_INVALID',
    'TOKEN_REFRESH_EXPIRED',
    'TOKEN_REFRESH_REUSED',
    'TOKEN_FAMILY_REVOKED',
    'SESSION_EXPIRED',
  ])('that is refused with %s signs the user out, and removes the stored session', async (code) => {
    const api = new FakeTokenApi();
    const storage = memoryStorage();
    const { authenticator, events } = anAuthenticator(api, storage);
    await authenticator.begin(api.reply());
    api.failures = [new SallyportError(code, { status: 401 })];
    await expect(authenticator.current('access-0')).rejects.toMatchObject({ code });
    expect(events.at(-1)).toEqual({ type: 'signedOut', reason: code });
    expect(await anAuthenticator(api, storage).authenticator.restore()).toBeUndefined();
    await expect(authenticator.current()).rejects.toMatchObject({ code: 'signed_out' });
  });

  it.each(['RATE_LIMITED', 'INTERNAL_ERROR', 'TOKEN_KMS_ERROR', 'VALIDATION_ERROR'])(
    'that is refused with %s leaves the user signed in',
    async (code) => {
      const api = new FakeTokenApi();
      const { authenticator, types } = anAuthenticator(api);
      await authenticator.begin(api.reply());
      api.failures = Array.from({ length: 5 }, () => new SallyportError(code, { status: 500 }));
      const failure = failureOf(authenticator.current('access-0'));
      await vi.runAllTimersAsync();
      expect(await failure).toMatchObject({ code });
      expect(types()).toEqual(['signedIn']);
    },
  );
});

describe('several tabs', () => {
  it('see a sign-in, new tokens and a sign-out of each other', async () => {
    const api = new FakeTokenApi();
    const shared = new SharedStorage();
    const one = anAuthenticator(api, shared.tab());
    const other = anAuthenticator(api, shared.tab());
    await one.authenticator.begin(api.reply());
    await vi.waitFor(() => expect(other.types()).toEqual(['signedIn']));
    await other.authenticator.current('access-0');
    await vi.waitFor(() => expect(one.types()).toEqual(['signedIn', 'tokenRefreshed']));
    await one.authenticator.end('requested');
    await vi.waitFor(() =>
      expect(other.events.at(-1)).toEqual({ type: 'signedOut', reason: 'elsewhere' }),
    );
  });

  it('stay signed out when the user signs out during a refresh', async () => {
    const api = new FakeTokenApi();
    const shared = new SharedStorage();
    const one = anAuthenticator(api, shared.tab());
    const other = anAuthenticator(api, shared.tab());
    await one.authenticator.begin(api.reply());
    api.during = async () => {
      await other.authenticator.end('requested');
      await settled();
    };
    await settled();
    await other.authenticator.restore();
    await expect(one.authenticator.current('access-0')).rejects.toMatchObject({
      code: 'signed_out',
    });
    expect(await one.authenticator.restore()).toBeUndefined();
    expect(one.types().at(-1)).toBe('signedOut');
  });

  it('get no events once they are closed', async () => {
    const api = new FakeTokenApi();
    const shared = new SharedStorage();
    const one = anAuthenticator(api, shared.tab());
    const other = anAuthenticator(api, shared.tab());
    other.authenticator.close();
    await one.authenticator.begin(api.reply());
    await vi.advanceTimersByTimeAsync(1);
    expect(other.types()).toEqual([]);
  });
});
