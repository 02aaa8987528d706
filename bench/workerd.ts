import { workerdBinary } from '../scripts/local/workerd.ts';
import { Child } from './child.ts';
import type { Pinning } from './machine.ts';

/**
 * Starts raw workerd and waits until it listens.
 *
 * @throws {Error} If workerd refuses the configuration.
 */
export async function startWorkerd(
  pinning: Pinning,
  config: string,
): Promise<{ readonly child: Child; readonly port: number }> {
  const child = Child.start(pinning.server(workerdBinary(), 'serve', '--control-fd=3', config));
  return { child, port: listeningPort(await child.firstLine()) };
}

/** workerd tells on the control descriptor where it listens, one JSON text per socket. */
function listeningPort(line: string): number {
  const event: unknown = JSON.parse(line);
  if (typeof event === 'object' && event !== null && 'port' in event) return Number(event.port);
  throw new TypeError(`Cannot read where workerd listens: ${line}`);
}
