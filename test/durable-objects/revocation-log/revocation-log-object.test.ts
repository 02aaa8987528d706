import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';

import { minutes, seconds } from '../../../shared/clock.ts';
import type { Revocation } from '../../../shared/contracts/identity/revocation-log.ts';
import { passTime } from '../../support/user-object-fixture.ts';

let logs = 0;
/** A log of its own for every test. */
const aLog = () => {
  logs += 1;
  return env.REVOCATION_LOGS.getByName(`log under test ${logs}`);
};

const inSeconds = (n: number) => Math.floor(Date.now() / 1_000) + n;
const aSession = (id: string, expiresAt = inSeconds(900)): Revocation => ({
  kind: 'session',
  id,
  expiresAt,
});

afterEach(() => void vi.restoreAllMocks());

describe('RevocationLogObject', () => {
  it('[RL5] [RL7] returns what was appended, in order, across eviction', async ({ expect }) => {
    const log = aLog();
    const entries = [aSession('b'), aSession('a'), { ...aSession('a'), kind: 'token' as const }];
    await log.append(entries.slice(0, 2));
    await evictDurableObject(log);
    await log.append(entries.slice(2));
    const page = await log.read(0);
    expect(page).toEqual({ position: 3, epoch: page.epoch, entries, more: false });
    expect(page.epoch).toMatch(/^[0-9a-f-]{36}$/);
    await evictDurableObject(log);
    expect(await log.read(2)).toEqual({ ...page, entries: entries.slice(2) });
    expect(await log.read(3)).toEqual({ ...page, entries: [] });
    expect(await log.read(99)).toEqual({ ...page, entries: [] });
    expect(await log.read(-1)).toEqual(page);
  });

  it('[RL2] [RL3] keeps one entry, with the later expiry', async ({ expect }) => {
    const log = aLog();
    const [near, far] = [inSeconds(100), inSeconds(200)];
    await log.append([aSession('a', near), aSession('other', far)]);
    await log.append([aSession('a', near)]);
    expect((await log.read(2)).entries).toEqual([]);
    await log.append([aSession('a', far), aSession('a', near)]);
    expect((await log.read(0)).entries).toEqual([aSession('other', far), aSession('a', far)]);
    expect((await log.read(2)).entries).toEqual([aSession('a', far)]);
  });

  it('[RL4] does not store an entry that has expired', async ({ expect }) => {
    const log = aLog();
    await log.append([aSession('old', inSeconds(0)), aSession('new')]);
    expect((await log.read(0)).entries).toMatchObject([{ id: 'new' }]);
  });

  it('[RL5] returns a thousand entries at most', async ({ expect }) => {
    const log = aLog();
    const expiresAt = inSeconds(900);
    await log.append(Array.from({ length: 1_200 }, (_, n) => aSession(`s${n}`, expiresAt)));
    const first = await log.read(0);
    expect(first).toMatchObject({ position: 1_000, more: true });
    expect(first.entries).toHaveLength(1_000);
    const rest = await log.read(first.position, 5_000);
    expect(rest).toMatchObject({ position: 1_200, more: false });
    expect(rest.entries).toHaveLength(200);
    expect((await log.read(0, 5_000)).entries).toHaveLength(1_000);
    expect(await log.read(0, 0)).toMatchObject({ position: 1, more: true });
  });

  it('[RL1] [RL8] deletes expired entries, and continues the positions', async ({ expect }) => {
    const log = aLog();
    await log.append([aSession('soon', inSeconds(10)), aSession('later', inSeconds(600))]);
    expect(await alarmIn(log)).toBeGreaterThan(seconds(55));
    passTime(minutes(1));
    await runDurableObjectAlarm(log);
    expect((await log.read(0)).entries).toMatchObject([{ id: 'later' }]);
    expect(await alarmIn(log)).toBeGreaterThan(seconds(500));

    passTime(minutes(11));
    await evictDurableObject(log);
    await runDurableObjectAlarm(log);
    const { epoch, ...empty } = await log.read(0);
    expect(empty).toEqual({ position: 2, entries: [], more: false });
    expect(await alarmIn(log)).toBeUndefined();

    await log.append([aSession('next')]);
    expect(await log.read(2)).toMatchObject({ position: 3, epoch, entries: [{ id: 'next' }] });
    expect(await alarmIn(log)).toBeGreaterThan(seconds(800));
  });

  it('[RL8] does not put off the alarm with every entry', async ({ expect }) => {
    const log = aLog();
    await log.append([aSession('a', inSeconds(120))]);
    const before = await runInDurableObject(log, (_, { storage }) => storage.getAlarm());
    await log.append([aSession('b', inSeconds(900))]);
    await log.append([aSession('c', inSeconds(900))]);
    expect(await runInDurableObject(log, (_, { storage }) => storage.getAlarm())).toBe(before);
  });

  it('[RL8] sets the alarm again if the runtime gave it up', async ({ expect }) => {
    const log = aLog();
    await log.append([aSession('a')]);
    await runInDurableObject(log, (_, { storage }) => storage.deleteAlarm());
    await log.append([aSession('b')]);
    expect(await alarmIn(log)).toBeGreaterThan(seconds(800));
  });

  it('[RL9] allocates nothing when it is read', async ({ expect }) => {
    const log = aLog();
    expect(await log.read(0)).toEqual({ position: 0, epoch: '', entries: [], more: false });
    expect(await log.read(57)).toEqual({ position: 0, epoch: '', entries: [], more: false });
    const tables = await runInDurableObject(log, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_schema WHERE name NOT GLOB '_cf*'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it('[RL7] has a reader that saw it empty read it whole', async ({ expect }) => {
    const log = aLog();
    const { epoch, position } = await log.read(0);
    await log.append([aSession('a')]);
    const page = await log.read(position);
    expect(page.epoch).not.toBe(epoch);
    expect(page.entries).toMatchObject([{ id: 'a' }]);
  });
});

/** How far away the alarm is; `undefined` if none is set. */
async function alarmIn(log: ReturnType<typeof aLog>): Promise<number | undefined> {
  const at = await runInDurableObject(log, (_, { storage }) => storage.getAlarm());
  return at === null ? undefined : at - Date.now();
}
