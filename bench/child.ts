import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const running = new Set<ChildProcess>();

// SIGKILL also ends a stopped (SIGSTOP) process, which would outlive the benchmark.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** A server's process. It is stopped between its measurements, so that one server runs at a time. */
export class Child {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  /** Starts a command; file descriptor 3 is a pipe from which {@link firstLine} reads. */
  static start([command = '', ...args]: readonly string[]): Child {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return new Child(child);
  }

  /** @throws {TypeError} If the process could not be started. */
  get pid(): number {
    if (this.#process.pid === undefined) throw new TypeError('Cannot measure: no process');
    return this.#process.pid;
  }

  /**
   * Reads the first line that the process writes to descriptor 3.
   *
   * @throws {Error} If the process ends first.
   */
  firstLine(): Promise<string> {
    return this.line(() => true);
  }

  /**
   * Reads lines from descriptor 3 until one is accepted.
   *
   * @throws {Error} If the process ends first.
   */
  line(isWanted: (line: string) => boolean): Promise<string> {
    const pipe = this.#process.stdio[3];
    if (pipe === undefined || pipe === null || !('read' in pipe)) {
      throw new TypeError('Cannot read: no pipe');
    }
    return new Promise((resolve, reject) => {
      createInterface({ input: pipe }).on('line', (line) => {
        if (isWanted(line)) resolve(line);
      });
      this.#process.once('error', reject).once('exit', (code) => {
        reject(new Error(`Cannot start server: it ended with ${String(code)}`));
      });
    });
  }

  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}
