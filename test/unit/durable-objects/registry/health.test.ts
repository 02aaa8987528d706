import { describe, expect, it } from 'vitest';

import { type HealthRecord, judgeHealth } from '../../../../durable-objects/registry/registry.ts';

const NEW: HealthRecord = { health: 'unknown', failures: 0 };
const after = (...answers: boolean[]): HealthRecord => answers.reduce(judgeHealth, NEW);

describe('judgeHealth', () => {
  it.each([
    [[], 'unknown'],
    [[true], 'healthy'],
    [[false], 'unknown'],
    [[false, false], 'unhealthy'],
    [[true, false], 'healthy'],
    [[true, false, false], 'unhealthy'],
    [[true, false, true, false], 'healthy'],
    [[false, false, true], 'healthy'],
  ])('[RG6] after %j is %s', (answers, health) => {
    expect(after(...answers).health).toBe(health);
  });

  it('[RG6] changes nothing where the answer changes nothing', () => {
    expect(judgeHealth(after(true), true)).toEqual(after(true));
    expect(judgeHealth(after(false, false), false)).toEqual(after(false, false));
  });
});
