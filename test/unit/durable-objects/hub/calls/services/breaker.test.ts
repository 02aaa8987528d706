import { describe, expect, it } from 'vitest';
import { Breakers } from '../../../../../../durable-objects/hub/calls/services/breaker.ts';
import type {
  Call,
  Service,
} from '../../../../../../durable-objects/hub/calls/services/service.ts';
import { emptyAnswer } from '../../../../../../shared/hub-protocol/answer.ts';
import type { ResponseName } from '../../../../../../shared/hub-protocol/response-codes.ts';

const call = (signal?: AbortSignal) => ({ signal }) as Call;

function fixtureOf() {
  const clock = { now: 0 };
  const breakers = new Breakers(() => clock.now);
  const made: string[] = [];
  const serviceOf =
    (name: string, answers: ResponseName): Service =>
    async () => {
      made.push(name);
      return emptyAnswer(answers);
    };
  const ask = async (name: string, answers: ResponseName, signal?: AbortSignal) =>
    (await breakers.guard(name, serviceOf(name, answers))(call(signal))).name;
  return { clock, breakers, made, ask };
}

describe('the breakers of a hub', () => {
  it.each(['Service_Timeout', 'Service_Unavailable'] as const)(
    '[H32] refuse calls of a service that keeps failing: %s',
    async (failure) => {
      const { clock, breakers, made, ask } = fixtureOf();
      for (let n = 0; n < 5; n += 1) expect(await ask('chess', failure)).toBe(failure);
      clock.now = 4_000;
      const refused = await breakers.guard('chess', () => {
        throw new Error('Cannot call: the breaker is open');
      })(call());
      expect(refused).toMatchObject({ name: 'Service_Unavailable', retryAfterMs: 6_000 });
      expect(await ask('checkers', 'OK')).toBe('OK');
      clock.now = 10_000;
      expect(await ask('chess', 'OK')).toBe('OK');
      expect(await ask('chess', 'OK')).toBe('OK');
      expect(made.filter((name) => name === 'chess')).toHaveLength(7);
    },
  );

  it('[H32] count every other answer as a success', async () => {
    const { ask, made } = fixtureOf();
    for (const answered of ['Service_InternalServerError', 'Service_BadRequest'] as const) {
      for (let n = 0; n < 6; n += 1) await ask('chess', answered);
    }
    expect(made).toHaveLength(12);
  });

  it('[H32] ignore cancelled calls', async () => {
    const { ask, made } = fixtureOf();
    for (let n = 0; n < 6; n += 1) await ask('chess', 'Service_Timeout', AbortSignal.abort());
    await ask('chess', 'OK');
    expect(made).toHaveLength(7);
  });

  it('[H32] store nothing of services that answer, and of a thousand that fail at most', async () => {
    const { breakers, ask } = fixtureOf();
    await ask('chess', 'Service_Timeout');
    await ask('chess', 'OK');
    expect(breakers.size).toBe(0);
    for (let n = 0; n < 1_010; n += 1) await ask(`service-${n}`, 'Service_Timeout');
    expect(breakers.size).toBe(1_000);
  });

  it('[H32] count a call that throws as a failure', async () => {
    const { breakers, ask, made } = fixtureOf();
    const broken = breakers.guard('chess', () => Promise.reject(new Error('gone')));
    for (let n = 0; n < 5; n += 1) await expect(broken(call())).rejects.toThrow('gone');
    expect(await ask('chess', 'OK')).toBe('Service_Unavailable');
    expect(made).toEqual([]);
  });
});
