import { describe, expect, it } from 'vitest';
import {
  changeRoles,
  type DirectoryStore,
  register,
  rolesChange,
  type StoredConnection,
} from '../../../../durable-objects/directory/directory.ts';
import type { RolesChanged } from '../../../../shared/contracts/connect/connect-rpc.ts';

function memoryStore(): DirectoryStore {
  const all: StoredConnection[] = [];
  let change: RolesChanged | undefined;
  return {
    ofSession: (sessionId) => all.filter((each) => each.sessionId === sessionId),
    all: () => all,
    add: (connection) => all.push(connection),
    rolesChange: () => change,
    saveRolesChange: (next) => {
      change = next;
    },
    newestEpoch: () => Math.max(0, ...all.map(({ epoch }) => epoch)),
  };
}

describe('epochs', () => {
  it('[D2] grow while the clock stands still, or goes back', () => {
    const store = memoryStore();
    const entry = { connectionId: 'c', sessionId: 's', shard: 'h', expiresAt: 0 };
    const epochs = [100, 100, 50, 200].map((now) => register(store, entry, now).epoch);
    expect(epochs).toEqual([100, 101, 102, 200]);
  });
});

describe('changes of roles', () => {
  const change = (changedAt: number, roles: string[]): RolesChanged => ({
    subject: 'u',
    roles,
    changedAt,
    until: 2,
  });

  it('[D10] keep the newer of two, in whatever order they arrive', () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const store = memoryStore();
      for (const at of order) changeRoles(store, change(at, [`at-${at}`]));
      expect(rolesChange(store, 0)?.roles).toEqual(['at-2']);
    }
  });

  it('[D10] apply until the last token from before has expired', () => {
    const store = memoryStore();
    changeRoles(store, change(1, ['a']));
    expect(rolesChange(store, 1_999)).toBeDefined();
    expect(rolesChange(store, 2_000)).toBeUndefined();
  });
});
