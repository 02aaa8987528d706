import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const require = createRequire(import.meta.url);

export type Workerd = {
  readonly pid: number;
  /** The port of the first socket that listens. */
  readonly port: number;
  /** Resolves when the process ends, however it ends. */
  readonly exited: Promise<Exit>;
  /** Lets requests under way finish for a moment, then ends the process. Safe to call twice. */
  stop(): Promise<void>;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type WorkerdOptions = {
  readonly configFile: string;
  /** Called with each line that workerd or a Worker writes. */
  readonly onLine: (line: string) => void;
};

/** How long open connections may keep a process that was told to stop. */
const DRAIN_MS = 2_000;

/** wrangler's own workerd, which is its dependency and not ours: the same build, the same dates. */
export function workerdBinary(): string {
  const requireFromWrangler = createRequire(require.resolve('wrangler'));
  const { default: path }: { default: string } = requireFromWrangler('workerd');
  return path;
}

/**
 * Starts raw workerd and waits until it listens.
 *
 * @throws {Error} If workerd refuses the configuration or the address is taken; its words are in the
 *   message.
 */
export async function startWorkerd({ configFile, onLine }: WorkerdOptions): Promise<Workerd> {
  const child = spawn(workerdBinary(), ['serve', '--control-fd=3', configFile], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const exited = exitOf(child);
  const said: string[] = [];
  const stopListening = readLines([child.stdout, child.stderr], (line) => {
    if (said.length < 20) said.push(line);
    onLine(line);
  });
  const port = await Promise.race([listeningPort(child), exited]);
  if (typeof port !== 'number' || child.pid === undefined) {
    stopListening();
    throw new Error(`Cannot start workerd:\n${said.join('\n')}`);
  }
  return { pid: child.pid, port, exited, stop: () => stop(child, exited) };
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function readLines(
  streams: readonly (Readable | null)[],
  onLine: (line: string) => void,
): () => void {
  const readers = streams.flatMap((input) =>
    input === null ? [] : [createInterface({ input }).on('line', onLine)],
  );
  return () => readers.forEach((reader) => reader.close());
}

/** workerd tells on the control descriptor where it listens, one JSON text per socket. */
function listeningPort(child: ChildProcess): Promise<number> {
  const control = child.stdio[3];
  if (control === null || control === undefined || !('read' in control)) {
    throw new TypeError('Cannot start workerd: it has no control descriptor');
  }
  return new Promise((resolve) => {
    createInterface({ input: control }).on('line', (line) => {
      const message: unknown = JSON.parse(line);
      if (typeof message === 'object' && message !== null && 'port' in message) {
        resolve(Number(message.port));
      }
    });
  });
}

async function stop(child: ChildProcess, exited: Promise<Exit>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), DRAIN_MS);
  await exited;
  clearTimeout(timer);
}
