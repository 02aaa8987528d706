import { describe, expect, it } from 'vitest';
import {
  type DirectoryStore,
  register,
  type StoredConnection,
} from '../../durable-objects/directory/directory.ts';

function memoryStore(): DirectoryStore {
  const all: StoredConnection[] = [];
  return {
    ofSession: (sessionId) => all.filter((each) => each.sessionId === sessionId),
    all: () => all,
    add: (connection) => all.push(connection),
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
