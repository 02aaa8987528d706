import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;

/** Says whether the deployment answers. A new custom domain takes a while to get its certificate: not being there yet is no failure. */
export async function announce(issuer: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const isUp = () =>
    fetch(new URL('/health', issuer), { signal: AbortSignal.timeout(10_000) }).then(
      (response) => response.ok,
      () => false,
    );
  let up = await isUp();
  while (!up && Date.now() < deadline) {
    await sleep(2_000);
    up = await isUp();
  }
  console.log(
    up
      ? `✔ ${issuer}/health is up. First deploy? npm run admin:create -- --email you@example.com`
      : `${issuer}/health does not answer yet. A new domain may need some minutes: look again.`,
  );
}
