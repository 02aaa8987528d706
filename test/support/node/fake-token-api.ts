import { SallyportError } from '../../../client/src/common/errors.ts';

type Body = {
  readonly refreshToken: string;
  readonly deviceInfo: { readonly installationId: string };
};

/**
 * A token endpoint for the SDK. Each refresh token works once, and once more for the same
 * installation, as after a lost answer.
 */
export class FakeTokenApi {
  readonly installations = new Set<string>();
  rotations = 0;
  requests = 0;
  /** Errors for the next requests. `lost` rotates the token and loses the answer. */
  failures: ('unreachable' | 'lost' | SallyportError)[] = [];
  /** Runs between the request and the answer. */
  during: () => Promise<void> = async () => {};
  expiresIn = 900;
  #generation = 0;

  reply(): Record<string, unknown> {
    return {
      accountId: 'account',
      sessionId: 'ses_1',
      accessToken: `access-${this.#generation}`,
      refreshToken: `refresh-${this.#generation}`,
      expiresIn: this.expiresIn,
      connectUrl: 'ws://127.0.0.1/connect',
    };
  }

  async post(_path: string, request: { readonly body: unknown }): Promise<unknown> {
    this.requests += 1;
    await this.during();
    const failure = this.failures.shift();
    if (failure instanceof SallyportError) throw failure;
    if (failure === 'unreachable') throw new SallyportError('unreachable');
    const reply = this.#rotate(request.body as Body);
    if (failure === 'lost') throw new SallyportError('unreachable');
    return reply;
  }

  #rotate({ refreshToken, deviceInfo }: Body): Record<string, unknown> {
    this.installations.add(deviceInfo.installationId);
    if (refreshToken === `refresh-${this.#generation}`) {
      this.#generation += 1;
      this.rotations += 1;
    } else if (refreshToken !== `refresh-${this.#generation - 1}`) {
      throw new SallyportError('TOKEN_REFRESH_REUSED', { status: 401 });
    }
    return this.reply();
  }
}
