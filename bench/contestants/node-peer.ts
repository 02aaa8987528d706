import { fileURLToPath } from 'node:url';
import { Child } from '../child.ts';
import type { Pinning } from '../machine.ts';

/** Starts a script of `bench/peers` on Node, and waits until it listens. */
export async function startNodePeer(
  pinning: Pinning,
  script: URL,
  ...args: readonly string[]
): Promise<{ readonly child: Child; readonly port: number }> {
  const node = ['env', 'NODE_ENV=production', process.execPath];
  const child = Child.start(pinning.server(...node, fileURLToPath(script), ...args));
  const address: unknown = JSON.parse(await child.firstLine());
  if (typeof address === 'object' && address !== null && 'port' in address) {
    return { child, port: Number(address.port) };
  }
  throw new TypeError(`Cannot read where ${script.pathname} listens`);
}
