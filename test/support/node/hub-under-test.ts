import { ServerClock } from '../../../client/src/auth/server-clock.ts';
import { SallyportError } from '../../../client/src/common/errors.ts';
import { decompressBrotli } from '../../../client/src/hub/frame-socket.ts';
import { Hub } from '../../../client/src/hub/hub.ts';
import type { HubPorts } from '../../../client/src/hub/hub-core.ts';
import { type ScriptedConnection, ScriptedHub } from './scripted-hub.ts';

/** The SDK's hubs, on a scripted one. Disposing it closes all. */
export class HubsUnderTest implements AsyncDisposable {
  readonly server: ScriptedHub;
  readonly #hubs: Hub[] = [];

  private constructor(server: ScriptedHub) {
    this.server = server;
  }

  static async start(): Promise<HubsUnderTest> {
    return new HubsUnderTest(await ScriptedHub.start());
  }

  hub(change: Partial<HubPorts> = {}): Hub {
    const hub = new Hub({
      url: () => this.server.url,
      tokens: async () => ({ value: 'token', expiresAt: Date.now() + 900_000 }),
      clock: new ServerClock(Date.now),
      WebSocket,
      decompress: decompressBrotli,
      random: () => 0.1,
      post: () => Promise.reject(new SallyportError('unreachable')),
      maxWaiting: 16,
      ...change,
    });
    this.#hubs.push(hub);
    return hub;
  }

  /** A hub that is open, and the other end of its socket. */
  async open(
    change: Partial<HubPorts> = {},
    manifest: Record<string, unknown> = {},
  ): Promise<{ hub: Hub; end: ScriptedConnection }> {
    const hub = this.hub(change);
    const end = (await this.server.connection()).open(manifest);
    await hub.opened();
    return { hub, end };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const hub of this.#hubs) hub.close();
    await this.server[Symbol.asyncDispose]();
  }
}
