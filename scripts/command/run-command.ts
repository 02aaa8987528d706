/**
 * What every command of an operator does the same: `--help`, arguments that it does not know, and
 * failures.
 *
 * @module
 */

import { type ParseArgsConfig, parseArgs } from 'node:util';

import { failureText } from './failure-text.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ readonly options: O }>>['values'];

export type Command<O extends Options> = {
  /** Is shown by `--help` and `-h`, and after a mistake in the arguments. */
  readonly usage: string;
  readonly options: O;
  readonly run: (values: Parsed<O>) => Promise<void>;
};

/** The arguments are wrong. The message is followed by the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const FAILED = 1;
const WRONG_USAGE = 2;

/** Runs the command of this process, and sets the exit code: 1 if it fails, 2 if it is used wrongly. */
export async function runCommand<const O extends Options>(command: Command<O>): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) return console.log(command.usage);
  try {
    await command.run(parse(args, command.options));
  } catch (error) {
    const isMisused = error instanceof UsageError;
    console.error(`✖ ${failureText(error)}`);
    if (isMisused) console.error(`\n${command.usage}`);
    process.exitCode = isMisused ? WRONG_USAGE : FAILED;
  }
}

function parse<const O extends Options>(args: string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Node adds how to write a positional argument, of which there are none.
    throw new UsageError(message.replace(/\. To specify a positional.*$/s, ''), { cause: error });
  }
}
