import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import type { ConnectRpc } from '../../../shared/contracts/connect/connect-rpc.ts';
import { ConnectEntrypoint } from '../../../workers/connect/entrypoint.ts';
import { connectToHub } from '../../support/hub-fixture.ts';

function as(caller: string | undefined, change: Partial<ConnectEnv> = {}): ConnectRpc {
  const props = caller === undefined ? {} : { caller };
  const ctx = Object.assign(createExecutionContext(), { props });
  return new ConnectEntrypoint(ctx, { ...env, ...change });
}

describe('ConnectEntrypoint', () => {
  it('[CN1] lets only identity end sessions', async ({ expect }) => {
    using ann = await connectToHub();
    const { subject, sessionId } = ann.principal;
    const ended = { subject, sessionIds: [sessionId], reason: 'session_revoked' } as const;
    for (const caller of ['edge', 'keys', 'connect', undefined]) {
      await expect(as(caller).sessionsEnded(ended)).rejects.toThrow('is not allowed');
    }
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect(await as('identity').sessionsEnded(ended)).toBe(1);
    expect(await ann.closed).toMatchObject({ code: 4401, reason: 'session_revoked' });
  });

  it('[CN40] lets only identity change roles', async ({ expect }) => {
    using ann = await connectToHub();
    const { subject } = ann.principal;
    const until = ann.principal.expiresAt;
    const change = { subject, roles: ['editor'], changedAt: Date.now(), until };
    for (const caller of ['edge', 'keys', 'connect', undefined]) {
      await expect(as(caller).rolesChanged(change)).rejects.toThrow('is not allowed');
    }
    expect(await as('identity').rolesChanged(change)).toBe(1);
    expect(await as('identity').rolesChanged({ ...change, subject: crypto.randomUUID() })).toBe(0);
  });

  it('[CN1] returns its description and health to edge only', async ({ expect }) => {
    for (const caller of ['identity', 'keys', undefined]) {
      await expect(as(caller).describe()).rejects.toThrow('is not allowed');
      await expect(as(caller).health()).rejects.toThrow('is not allowed');
    }
    const document = await as('edge').describe();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/connect', '/api/v1/connect/events']),
    );
    expect(await as('edge').health()).toEqual([{ name: 'connect', status: 'UP' }]);
  });

  it('is down while a setting is invalid', async ({ expect }) => {
    const [broken] = await as('edge', { HUB_SHARDS: 'many' }).health();
    expect(broken).toEqual({ name: 'connect', status: 'DOWN' });
  });
});
