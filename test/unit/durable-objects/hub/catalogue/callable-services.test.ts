import { describe, expect, it } from 'vitest';

import { callableServices } from '../../../../../durable-objects/hub/catalogue/callable-services.ts';
import type { RegisteredService } from '../../../../../shared/contracts/connect/registry-rpc.ts';
import type { LogEvent } from '../../../../../shared/telemetry/log.ts';
import { aRegistration } from '../../../../support/registrations.ts';

const service = (name: string, change: Partial<RegisteredService> = {}): RegisteredService => ({
  ...aRegistration({ name, owner: name, ...change }),
  health: 'unknown',
});

async function namesOf(
  services: readonly RegisteredService[],
  takenAudiences: (audiences: readonly string[]) => Promise<readonly string[]> = async () => [],
) {
  const logged: LogEvent[] = [];
  const needs = { identity: { takenAudiences }, log: (event: LogEvent) => logged.push(event) };
  const names = (await callableServices(services, needs)).map(({ name }) => name);
  return { names, refused: logged.map((event) => event['services']) };
}

describe('services of earlier versions', () => {
  it('[H94] are called if their audience is theirs alone', async () => {
    const old = service('old', { audience: 'old-server' });
    expect(await namesOf([old, service('chess')])).toEqual({
      names: ['old', 'chess'],
      refused: [],
    });
  });

  it('[H94] are not called if another owner’s service has their audience', async () => {
    const [a, b] = [service('a', { audience: 'same' }), service('b', { audience: 'same/' })];
    expect(await namesOf([a, b, service('chess')])).toEqual({
      names: ['chess'],
      refused: [['a', 'b']],
    });
    const twin = { ...b, owner: a.owner };
    expect((await namesOf([a, twin])).names).toEqual(['a', 'b']);
  });

  it('[H94] lose against the service under whose origin the audience is', async () => {
    const chess = service('chess');
    const thief = service('thief', { audience: chess.audience });
    expect((await namesOf([thief, chess])).names).toEqual(['chess']);
  });

  it('[H94] are not called if a client or a resource server has their audience', async () => {
    const old = service('old', { audience: 'a-client' });
    const taken = async (audiences: readonly string[]) => audiences;
    expect((await namesOf([old, service('chess')], taken)).names).toEqual(['chess']);
    const unknown = () => Promise.reject(new Error('Cannot reach identity'));
    expect((await namesOf([old, service('chess')], unknown)).names).toEqual(['chess']);
  });
});
