/**
 * `npm start`: runs Sallyport on this machine until Ctrl-C.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Stack, startStack } from './local/stack.ts';
import { readSettings, type StartSettings } from './local/start-settings.ts';
import { openWorkerLog, type WorkerLog } from './local/worker-log.ts';

/** A Ctrl-C reaches our children too, and their end may be seen before our own signal. */
const SIGNAL_GRACE_MS = 200;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopping.abort(new Error('Stopped')));
}
if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent();

/** Stops the instance when npm was killed and could not pass a signal on. */
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

/** A generated password, if it is still the administrator's. */
function passwordToShow(settings: StartSettings, stack: Stack): string | undefined {
  if (settings.adminPassword !== undefined) return undefined;
  const { administrator } = stack;
  const works = administrator.outcome === 'created' || administrator.isPassword;
  return works ? stack.adminPassword : undefined;
}

/** @throws {Error} If workerd ends by itself. */
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

type BannerFacts = {
  readonly settings: StartSettings;
  /** `undefined` if the operator chose it. */
  readonly password: string | undefined;
  readonly logFile: string;
  readonly seconds: number;
};

/** The text that is shown once the instance runs. */
function banner({ settings, password, logFile, seconds }: BannerFacts): string {
  const { issuer, port, dataDir, adminEmail } = settings;
  const url = `http://127.0.0.1:${port}`;
  const tour = port === 8787 ? 'npm run tour' : `PORT=${port} npm run tour`;
  return `
  Sallyport is up at ${url} (${seconds.toFixed(1)} s)

    API documentation   ${url}/docs
    Administrator       ${adminEmail}
    Password            ${password ?? '(the one you chose)'}
    Issuer              ${issuer}
    Data                ${dataDir}
    Log                 ${logFile}

  Try it:

    ${tour}

    curl -s ${url}/api/v1/auth/register -H 'content-type: application/json' \\
      -d '{"email":"ada@example.com","password":"correct horse battery"}'

    curl -s ${url}/api/v1/auth/profile -H 'authorization: Bearer <accessToken>'

  Ctrl-C stops it. Accounts and sessions are kept.
`;
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
// Open handles, such as an idle database connection, would keep the process running.
process.exit();
