import { z } from 'zod';
import { workerdBinary } from '../scripts/local/workerd.ts';
import { Child } from './child.ts';
import type { Pinning } from './machine.ts';

export type RunningWorkerd = {
  readonly child: Child;
  readonly port: number;
  /** The port of the inspector, if it was requested. */
  readonly inspector: number | undefined;
};

/**
 * Starts raw workerd and waits until it listens.
 *
 * @throws {Error} If workerd refuses the configuration.
 */
export async function startWorkerd(
  pinning: Pinning,
  config: string,
  inspected = false,
): Promise<RunningWorkerd> {
  const inspect = inspected ? ['--inspector-addr=127.0.0.1:0'] : [];
  const child = Child.start(
    pinning.server(workerdBinary(), 'serve', '--control-fd=3', ...inspect, config),
  );
  let inspector: number | undefined;
  const last = await child.line((line) => {
    const { event, port } = Listening.parse(JSON.parse(line));
    if (event === 'listen-inspector') inspector = port;
    return event === 'listen';
  });
  return { child, port: Listening.parse(JSON.parse(last)).port, inspector };
}

/** The messages of workerd on the control descriptor, one JSON text per address. */
const Listening = z.object({ event: z.string(), port: z.number() });
