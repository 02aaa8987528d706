/**
 * `npm start`: Sallyport on this machine, until Ctrl-C.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { banner } from './local/banner.ts';
import { type Stack, startStack } from './local/stack.ts';
import { readSettings, type StartSettings } from './local/start-settings.ts';
import { openWorkerLog, type WorkerLog } from './local/worker-log.ts';

/** A Ctrl-C reaches our children too: it may look as if they failed before we hear of it. */
const SIGNAL_GRACE_MS = 200;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopping.abort(new Error('Stopped')));
}
if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent();

/** npm killed with no chance to say so must not leave an instance that nobody sees. */
function stopWithParent(): void {
  const parent = process.ppid;
  const check = () => {
    if (process.ppid !== parent) stopping.abort(new Error('Stopped: npm is gone'));
  };
  setInterval(check, 1_000).unref();
}

async function run(settings: StartSettings): Promise<void> {
  const began = performance.now();
  let log: WorkerLog | undefined;
  const { signal } = stopping;
  const stack = await startStack({
    settings,
    environment: process.env,
    signal,
    onLocked: async () => {
      log = await openWorkerLog(settings.dataDir, (summary) => console.error(`  ✖ ${summary}`));
    },
    onLine: (line) => log?.write(line),
    onStep: (step) => console.log(`  ${step} …`),
  });
  try {
    const password = passwordToShow(settings, stack);
    const seconds = (performance.now() - began) / 1000;
    console.log(banner({ settings, password, logFile: log?.path ?? '', seconds }));
    await untilStopped(stack, signal);
  } finally {
    console.log('  Stopping …');
    await stack.stop();
    await log?.close();
    console.log('  Stopped.');
  }
}

/** Only a password that works, and that nobody but us knows. */
function passwordToShow(settings: StartSettings, stack: Stack): string | undefined {
  if (settings.adminPassword !== undefined) return undefined;
  const { administrator } = stack;
  const works = administrator.outcome === 'created' || administrator.isPassword;
  return works ? stack.adminPassword : undefined;
}

/** @throws {Error} If workerd ends although nobody asked it to. */
async function untilStopped(stack: Stack, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const exit = await Promise.race([stopped, stack.exited]);
  if (exit === undefined) return;
  throw new Error(`workerd ended (${exit.signal ?? `exit code ${exit.code}`}): see the log`);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `\n  because: ${error.cause.message}` : '';
  return `✖ ${error.message}${cause}`;
}

try {
  await run(readSettings(process.env));
} catch (error) {
  await sleep(SIGNAL_GRACE_MS);
  if (!stopping.signal.aborted) {
    console.error(messageOf(error));
    process.exitCode = 1;
  }
}
// What is left open now, such as an idle database connection, must not keep the process.
process.exit();
