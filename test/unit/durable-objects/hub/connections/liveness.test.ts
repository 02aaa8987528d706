import { describe, expect, it } from 'vitest';

import { deadlineOf, overdue } from '../../../../../durable-objects/hub/connections/liveness.ts';

describe('the deadline of a connection', () => {
  const liveness = { expiresAt: 1_000, heardAt: 500_000 };
  it('[H39] [H41] is the earlier of the token’s and the idle limit', () => {
    expect(deadlineOf(liveness)).toBe(1_030_000);
    expect(deadlineOf({ ...liveness, expiresAt: 9_000 })).toBe(2_300_000);
  });

  it('[H39] is 30 s after the token expires', () => {
    expect(overdue(liveness, 1_029_999)).toBeUndefined();
    expect(overdue(liveness, 1_030_000)).toBe('token_expired');
  });

  it('[H41] is 30 minutes after the last message or keep-alive', () => {
    const alive = { ...liveness, expiresAt: 9_000 };
    expect(overdue(alive, 2_299_999)).toBeUndefined();
    expect(overdue(alive, 2_300_000)).toBe('idle');
  });
});
