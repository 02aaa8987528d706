/**
 * `npm start`: runs Sallyport on this machine until Ctrl-C.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './command/run-command.ts';
import { type Stack, startStack } from './local/stack.ts';
import type { StartSettings } from './local/start-settings.ts';
import { openWorkerLog, type WorkerLog } from './local/worker-log.ts';
import { checkStartSettings } from './settings/start-settings.ts';

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

const USAGE = `npm start

  Runs Sallyport on this machine until Ctrl-C. Settings come from the environment, then from .dev.vars:
  PORT, HOST, DATA_DIR, DATABASE_URL, SALLYPORT_ADMIN_EMAIL, SALLYPORT_ADMIN_PASSWORD, and every
  setting of docs/configuration.md.

  -h, --help   show this`;

async function run(): Promise<void> {
  const began = performance.now();
  const { settings, environment } = await checkStartSettings();
  let log: WorkerLog | undefined;
  // Errors while it starts are in the log. If it does not start, the reason is shown, and not them.
  let early: Set<string> | undefined = new Set();
  const onError = (summary: string) => {
    if (early === undefined) console.error(`  ✖ ${summary}`);
    else early.add(summary);
  };
  const { signal } = stopping;
  const stack = await startStack({
    settings,
    environment,
    signal,
    onLocked: async () => {
      log = await openWorkerLog(settings.dataDir, onError);
    },
    onLine: (line) => log?.write(line),
    onStep: (step) => console.log(`  ${step} …`),
  });
  try {
    const password = passwordToShow(settings, stack);
    const seconds = (performance.now() - began) / 1000;
    console.log(banner({ settings, password, logFile: log?.path ?? '', seconds }));
    for (const summary of early) console.error(`  ✖ ${summary}`);
    early = undefined;
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
    Your account        ${url}/account
    Hub inspector       ${url}/connect/inspector
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

  Register an application (docs/oauth.md goes on from there):

    curl -s ${url}/oauth2/register -H 'content-type: application/json' \\
      -d '{"client_name":"My app","redirect_uris":["http://127.0.0.1:5173/callback"],"token_endpoint_auth_method":"none"}'

  Ctrl-C stops it. Accounts and sessions are kept.
`;
}

await runCommand({
  usage: USAGE,
  options: {},
  async run() {
    try {
      await run();
    } catch (error) {
      await sleep(SIGNAL_GRACE_MS);
      if (!stopping.signal.aborted) throw error;
    }
  },
});
// Open handles, such as an idle database connection, would keep the process running.
process.exit();
