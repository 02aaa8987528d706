import {
  type ChildProcess,
  type ChildProcessByStdio,
  execFileSync,
  spawn,
} from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

const ROOT = resolve(import.meta.dirname, '../../..');
const READY = 'Ctrl-C stops it';

export type Ended = { readonly code: number | null; readonly output: string };

export type InstanceOptions = {
  readonly port: number;
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The checkout that is started. The default is this one. */
  readonly checkout?: string;
};

/** Runs `npm start` in its own process group, as a terminal does. */
export class Instance {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  #output = '';

  constructor({ port, dataDir, env = {}, checkout = ROOT }: InstanceOptions) {
    this.url = `http://127.0.0.1:${port}`;
    this.#child = spawn('npm', ['start'], {
      cwd: checkout,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PORT: String(port), DATA_DIR: dataDir, ...env },
    });
    this.#child.stdout?.on('data', (data) => (this.#output += String(data)));
    this.#child.stderr?.on('data', (data) => (this.#output += String(data)));
    this.#ended = new Promise((ended) => {
      this.#child.once('close', (code) => ended({ code, output: this.#output }));
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Waits for the banner. @throws {Error} With the output, if the process ends first. */
  async ready(): Promise<this> {
    const banner = new Promise<undefined>((shown) => {
      this.#child.stdout?.on('data', () => this.#output.includes(READY) && shown(undefined));
    });
    const ended = await Promise.race([banner, this.#ended]);
    if (ended !== undefined) throw new Error(`npm start ended with ${ended.code}: ${ended.output}`);
    return this;
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Signals every process of the group, as Ctrl-C does. Does nothing once the group has ended. */
  signal(signal: NodeJS.Signals): Promise<Ended> {
    try {
      process.kill(-(this.#child.pid ?? 0), signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
    return this.#ended;
  }
}

/** Runs `npm run <script>` and waits for its end. */
export function npmRun(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return endOf(
    spawn('npm', ['run', '-s', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    }),
  );
}

export type ScriptOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** The folder of the command, where its files of settings are. The default is the repository. */
  readonly cwd?: string;
};

/** An instance that starts against the expectation of its test would run on. */
const LONGEST_RUN_MS = 25_000;

/** Runs `scripts/<name>` without npm, and waits for its end. */
export function runScript(
  name: string,
  args: readonly string[],
  { env = {}, cwd = ROOT }: ScriptOptions = {},
): Promise<Ended> {
  return endOf(
    spawn(process.execPath, [join(ROOT, 'scripts', name), ...args], {
      cwd,
      timeout: LONGEST_RUN_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    }),
  );
}

function endOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ended> {
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (output += String(data)));
  return new Promise((ended) => child.once('close', (code) => ended({ code, output })));
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new TypeError('Cannot find a port');
  return address.port;
}

export type Folder = { readonly path: string; [Symbol.asyncDispose](): Promise<void> };

export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'sallyport-'));
  // An instance may still run in the folder and write during the removal, so it is retried.
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  return { path, [Symbol.asyncDispose]: remove };
}

export type Process = { readonly pid: number; readonly command: string };

/** The running processes, without zombies, whose command line contains the folder. */
export function processesOf(folder: string): readonly Process[] {
  const lines = execFileSync('ps', ['ax', '-o', 'pid=,stat=,command='], { encoding: 'utf8' });
  return lines.split('\n').flatMap((line) => {
    const [, pid, stat = '', command = ''] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    const isOurs = command.includes(folder) && !stat.startsWith('Z');
    return isOurs ? [{ pid: Number(pid), command }] : [];
  });
}
