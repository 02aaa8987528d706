import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Pinning } from '../machine.ts';
import type { LoadPlan, LoadResult } from './plan.ts';

type Reply = { readonly result: LoadResult } | { readonly error: string };

/** The generator's process. It runs for the whole benchmark, so that its code stays compiled. */
export class LoadGenerator {
  readonly #process: ChildProcess;

  constructor(pinning: Pinning) {
    const [command = process.execPath, ...before] = pinning.generator(process.execPath);
    this.#process = fork(fileURLToPath(new URL('./generator.ts', import.meta.url)), {
      execPath: command,
      execArgv: before,
    });
  }

  /** @throws {Error} If the generator cannot reach the server, or ends. */
  run(plan: LoadPlan): Promise<LoadResult> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
    const died = (): void => {
      reject(new Error('Cannot generate load: the generator ended'));
    };
    this.#process.once('exit', died).once('message', (reply: Reply) => {
      this.#process.off('exit', died);
      if ('error' in reply) reject(new Error(`Cannot generate load: ${reply.error}`));
      else resolve(reply.result);
    });
    this.#process.send(plan);
    return promise;
  }

  stop(): void {
    this.#process.disconnect();
  }
}
