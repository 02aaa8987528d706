import { type ExecFileOptions, execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const wranglerMain = createRequire(import.meta.url).resolve('wrangler');
const WRANGLER = join(dirname(wranglerMain), '../bin/wrangler.js');

/** Disables questions, telemetry, update checks and colours. */
const WRANGLER_ENVIRONMENT: Readonly<Record<string, string>> = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CI: '1',
  NO_COLOR: '1',
  FORCE_COLOR: '0',
};

export type WranglerOutcome = {
  readonly succeeded: boolean;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs this repository's wrangler with this Node. It does not reject; see `succeeded`. */
export function wrangler(
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<WranglerOutcome> {
  const env = { ...process.env, ...WRANGLER_ENVIRONMENT, ...options.env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [WRANGLER, ...args],
      { maxBuffer: 64 * 1024 * 1024, ...options, env, encoding: 'utf8' },
      (error, stdout, stderr) =>
        resolve({
          succeeded: error === null,
          stdout: stripVTControlCharacters(stdout),
          stderr: stripVTControlCharacters(stderr),
        }),
    );
  });
}
