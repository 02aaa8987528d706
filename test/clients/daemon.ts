/**
 * Other people's servers, started for a test: a program of the operating system with files in a folder
 * of its own, which ends with the test.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, dirname, join } from 'node:path';

import { eventually } from '../support/node/eventually.ts';
import { type Folder, temporaryFolder } from '../support/node/instance.ts';
import { blocksOf } from '../support/node/page-example.ts';

/** Where Debian puts servers, which is in the `PATH` of an administrator alone. */
const PLACES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** The path of an installed program; `undefined` if there is none. */
export const findProgram = (name: string): string | undefined =>
  PLACES.map((place) => join(place, name)).find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The code block of a page that names the file. Each pair of `changes` is a text, which must be there, and what replaces it. */
export function configurationOf(
  page: string,
  file: string,
  changes: Readonly<Record<string, string>>,
): string {
  const block = blocksOf(readFileSync(page, 'utf8')).find(({ path }) => path === file);
  if (block === undefined) throw new Error(`${page} has no block ${file}`);
  return Object.entries(changes).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${file} in ${page} has no ${from}`);
    return text.replaceAll(from, to);
  }, block.text);
}

export type DaemonOptions = {
  readonly program: string;
  /** The arguments. `folder` is where the files are, and the working directory. */
  readonly args: (folder: string) => readonly string[];
  /** The text of each file by its name. */
  readonly files: (folder: string) => Readonly<Record<string, string>>;
  /** What must be done with the folder before the start, besides. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** It has started once it accepts connections at this port of 127.0.0.1, */
  readonly port: number;
  /** and, if it listens too early, once it has written this. */
  readonly ready?: string;
  readonly env?: (folder: string) => Readonly<Record<string, string>>;
};

export class Daemon implements AsyncDisposable {
  readonly folder: string;
  readonly #remove: Folder;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #output = '';

  private constructor({ program, args, env }: DaemonOptions, folder: Folder) {
    this.folder = folder.path;
    this.#remove = folder;
    this.#child = spawn(program, args(folder.path), {
      cwd: folder.path,
      env: { ...process.env, HOME: folder.path, ...env?.(folder.path) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data) => (this.#output += String(data)));
    }
    this.#ended = new Promise((ended) => this.#child.once('close', () => ended()));
  }

  /** @throws {Error} With its output, if it ends or does not listen. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const folder = await temporaryFolder();
    await options.prepare?.(folder.path);
    for (const [name, text] of Object.entries(options.files(folder.path))) {
      await mkdir(dirname(join(folder.path, name)), { recursive: true });
      await writeFile(join(folder.path, name), text);
    }
    const daemon = new Daemon(options, folder);
    try {
      await daemon.#hasStarted(options);
      return daemon;
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw new Error(`Cannot start ${options.program}: ${daemon.output}`, { cause: error });
    }
  }

  get output(): string {
    return this.#output;
  }

  async #hasStarted({ port, ready = '' }: DaemonOptions): Promise<void> {
    const ended = this.#ended.then(() => Promise.reject(new Error('It ended')));
    const started = eventually(async () => {
      await accepts(port);
      if (!this.#output.includes(ready)) throw new Error(`It has not written ${ready}`);
    });
    await Promise.race([started, ended]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM');
    const killed = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
    await this.#ended;
    clearTimeout(killed);
    await this.#remove[Symbol.asyncDispose]();
  }
}

const accepts = (port: number): Promise<void> =>
  new Promise((accepted, refused) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      accepted();
    });
    socket.once('error', refused);
  });
