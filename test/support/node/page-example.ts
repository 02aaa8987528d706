/**
 * The example of CONTRIBUTING.md, as files: a copy of the repository with what the page's code blocks
 * add to it.
 */

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

type Block = { readonly language: string; readonly path: string; readonly text: string };

/** The code blocks of a page that name a file: ```` ```ts workers/x/y.ts ````. */
export const blocksOf = (page: string): readonly Block[] =>
  [...page.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', path = '', text = '']) => ({ language, path, text }),
  );

/**
 * Changes a text as a block of the language `diff` says: lines that begin with a space or `-` must be
 * there, once, and become those that begin with a space or `+`.
 */
export function applyDiff(text: string, { path, text: diff }: Block): string {
  const linesWith = (marks: string) =>
    diff
      .split('\n')
      .filter((line) => line !== '' && marks.includes(line.charAt(0)))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const parts = text.split(linesWith(' -'));
  if (parts.length === 2) return parts.join(linesWith(' +'));
  throw new Error(`Cannot change ${path}: ${parts.length - 1} places have the lines\n${diff}`);
}

const COPIED = [
  '.dependency-cruiser.mjs',
  '.oxlintrc.json',
  'biome.jsonc',
  'durable-objects',
  'migrations',
  'package.json',
  'scripts',
  'shared',
  'test/support',
  'test/tsconfig.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'vitest.config.ts',
  'web',
  'workers',
  'wrangler.toml',
];

/** A copy of the repository that can be changed, and is gone at the end. */
export class RepositoryCopy implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<RepositoryCopy> {
    const copy = new RepositoryCopy(await mkdtemp(join(tmpdir(), 'sallyport-example-')));
    // What test/repo/layers.test.ts writes for a moment.
    const filter = (path: string) => !path.includes('zz-layer-test');
    for (const path of COPIED) {
      await cp(path, join(copy.directory, path), { recursive: true, filter });
    }
    await symlink(join(process.cwd(), 'node_modules'), join(copy.directory, 'node_modules'));
    return copy;
  }

  /** Writes the files of a page, and changes those that are there. */
  async follow(blocks: readonly Block[]): Promise<void> {
    for (const block of blocks) {
      const path = join(this.directory, block.path);
      await mkdir(dirname(path), { recursive: true });
      const text =
        block.language === 'diff' ? applyDiff(await readFile(path, 'utf8'), block) : block.text;
      await writeFile(path, text);
    }
  }

  /** Runs a program of the repository. @throws {Error} With what it printed, if it fails. */
  async run(program: string, args: readonly string[]): Promise<string> {
    const PATH = [join(process.cwd(), 'node_modules/.bin'), process.env['PATH']].join(delimiter);
    try {
      const env = { ...process.env, PATH };
      return (await promisify(execFile)(program, args, { cwd: this.directory, env })).stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`Cannot run ${program}:\n${stdout}${stderr}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
