/**
 * `npm run tour`: signs in to a running instance and uses it, step by step. The exit code is 0 only if
 * every answer is the expected one.
 *
 * `--url http://…`, or `URL` or `PORT` in the environment, names the instance.
 *
 * @module
 */

import { runCommand, UsageError } from './command/run-command.ts';
import { TourClient, TourError } from './tour/client.ts';
import { type Fact, HUB_STEPS, SESSION_STEPS, type Tour } from './tour/steps.ts';

const NO_TOKENS = { accountId: '', sessionId: '', accessToken: '', refreshToken: '' };
const STEPS = [...SESSION_STEPS, ...HUB_STEPS];

const USAGE = `npm run tour [-- options]

  Uses a running instance step by step, with a new account of its own.

  --url URL    the instance (or URL or PORT in the environment; http://127.0.0.1:8787)
  -h, --help   show this`;

await runCommand({
  usage: USAGE,
  options: { url: { type: 'string' } },
  async run({ url: given }) {
    const { URL: address, PORT: port } = process.env;
    const url = given ?? (address || `http://127.0.0.1:${port || '8787'}`);
    if (!URL.canParse(url)) throw new UsageError(`--url ${url} is no URL`);
    process.exitCode = (await isReachable(url)) ? await runSteps(initialTour(url)) : 1;
  },
});

async function isReachable(address: string): Promise<boolean> {
  try {
    await fetch(new URL('/health', address), { signal: AbortSignal.timeout(5_000) });
    return true;
  } catch {
    console.error(`✖ Nothing answers at ${address}. Start it with "npm start", or pass --url.`);
    return false;
  }
}

function initialTour(address: string): Tour {
  const id = crypto.randomUUID().slice(0, 8);
  return {
    client: new TourClient({
      url: address,
      onWait: (seconds) => console.log(`      (rate limit: waiting ${seconds} s)`),
    }),
    url: address.replace(/\/$/, ''),
    person: { email: `tour-${id}@example.com`, password: `a fresh pass phrase ${id}` },
    tokens: NO_TOKENS,
    usedRefreshToken: '',
    other: NO_TOKENS,
    hub: undefined,
    endpoints: new Map(),
  };
}

/** Returns the exit code. */
async function runSteps(tour: Tour): Promise<number> {
  console.log(`A tour of ${tour.url} as ${tour.person.email}\n`);
  try {
    for (const [index, step] of STEPS.entries()) {
      console.log(`${String(index + 1).padStart(2)}. ${step.title}`);
      print(await step.run(tour));
    }
    console.log(`\n✔ All ${STEPS.length} steps succeeded.`);
    return 0;
  } catch (error) {
    if (!(error instanceof TourError || error instanceof TypeError)) throw error;
    console.error(`    ✖ ${error.message}`);
    return 1;
  } finally {
    tour.hub?.close();
  }
}

function print(facts: readonly Fact[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) console.log(`      ${name.padEnd(width)}  ${value}`);
}
