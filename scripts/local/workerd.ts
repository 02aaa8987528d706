import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);

export type Workerd = {
  readonly pid: number;
  /** The port of the first socket that listens. */
  readonly port: number;
  /** Resolves when the process ends. */
  readonly exited: Promise<Exit>;
  /** Ends the process, after {@link DRAIN_MS} for requests under way. It may be called twice. */
  stop(): Promise<void>;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type WorkerdOptions = {
  readonly configFile: string;
  /** Is called with each line of output of workerd or a Worker. */
  readonly onLine: (line: string) => void;
};

/** How long open connections may delay the end of the process. */
const DRAIN_MS = 2_000;

/** Finds the workerd of wrangler, which supports the compatibility dates that wrangler accepts. */
export function workerdBinary(): string {
  const requireFromWrangler = createRequire(require.resolve('wrangler'));
  const { default: path }: { default: string } = requireFromWrangler('workerd');
  return path;
}

/**
 * Starts workerd and waits until it listens.
 *
 * @throws {Error} With workerd's output, if it refuses the configuration or the address is taken.
 */
export async function startWorkerd({ configFile, onLine }: WorkerdOptions): Promise<Workerd> {
  const child = spawn(workerdBinary(), ['serve', '--control-fd=3', configFile], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const exited = exitOf(child);
  const output: string[] = [];
  const stopListening = readLines([child.stdout, child.stderr], (line) => {
    if (output.length < 20) output.push(line);
    onLine(line);
  });
  const port = await Promise.race([listeningPort(child), exited]);
  if (typeof port !== 'number' || child.pid === undefined) {
    stopListening();
    throw new Error(`Cannot start workerd:\n${output.join('\n')}`);
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

/** workerd reports on the control descriptor where it listens, with one JSON text per socket. */
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

type Address = { readonly host: string; readonly port: number };

/** @throws {Error} With the port, if another process listens on it. */
export async function assertFree({ host, port }: Address): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(toStartError(error, { host, port })));
    server.listen({ host, port, exclusive: true }, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

function toStartError(error: Error, { host, port }: Address): Error {
  const code = 'code' in error ? error.code : undefined;
  const reason =
    code === 'EADDRINUSE'
      ? `port ${port} is in use. Stop what uses it, or choose another: PORT=${port + 1} npm start`
      : `cannot listen on ${host}:${port} (${String(code)})`;
  return new Error(`Cannot start: ${reason}`, { cause: error });
}

const PID_FILE = 'workerd.pid';
const KILL_TIMEOUT_MS = 5_000;

/** Records the process id, by which {@link endOrphanedWorkerd} finds workerd after a crash. */
export async function recordWorkerd(dataDir: string, pid: number): Promise<void> {
  await writeFile(join(dataDir, PID_FILE), String(pid));
}

/**
 * Ends the workerd of an instance that was killed, because it holds the port and the objects' files. Only
 * a process that serves this configuration is ended, because another process may have its id by now.
 */
export async function endOrphanedWorkerd(dataDir: string, configFile: string): Promise<void> {
  const pid = Number(await readFile(join(dataDir, PID_FILE), 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return;
  const deadline = Date.now() + KILL_TIMEOUT_MS;
  while ((await commandOf(pid)).includes(configFile)) {
    if (Date.now() > deadline) throw new Error(`Cannot start: workerd ${pid} does not end`);
    process.kill(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Returns an empty text if there is no such process. */
async function commandOf(pid: number): Promise<string> {
  const listed = promisify(execFile)('ps', ['-o', 'stat=,command=', '-p', String(pid)]);
  const { stdout } = await listed.catch(() => ({ stdout: '' }));
  // A zombie has ended, but its parent has not waited for it.
  return stdout.trimStart().startsWith('Z') ? '' : stdout;
}

const HEALTH_TIMEOUT_MS = 30_000;
/** The pause doubles after each answer, up to a second, to stay below the rate limit. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Waits until `GET /health` answers `UP`.
 *
 * @throws {Error} With the last answer, if it does not within 30 s; or the signal's reason.
 */
export async function untilHealthy({ host, port }: Address, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + HEALTH_TIMEOUT_MS;
  const url = `http://${addressOf(host)}:${port}/health`;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    const answer = await requestHealth(url);
    if (answer.isUp) return;
    if (Date.now() > deadline) {
      throw new Error(`Cannot start: not healthy after 30 s. GET /health answers: ${answer.text}`);
    }
    await sleep(pause);
  }
}

/** A server that listens on all addresses is called on loopback. */
const addressOf = (host: string): string =>
  host === '0.0.0.0' || host === '*' || host === '::' ? '127.0.0.1' : host;

async function requestHealth(
  url: string,
): Promise<{ readonly isUp: boolean; readonly text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    return { isUp: response.ok && statusOf(text) === 'UP', text };
  } catch (error) {
    return { isUp: false, text: String(error) };
  }
}

function statusOf(text: string): unknown {
  const body: unknown = JSON.parse(text);
  return typeof body === 'object' && body !== null && 'status' in body ? body.status : undefined;
}
