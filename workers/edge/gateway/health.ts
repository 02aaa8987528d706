import { version } from '../../../package.json';
import { cachedUntil } from '../../../shared/cache/cached.ts';
import { type Millis, seconds } from '../../../shared/clock.ts';
import type { ComponentHealth, HealthStatus } from '../../../shared/contracts/http/worker-rpc.ts';
import { within } from '../../../shared/deadline.ts';
import { messageOf } from '../failure.ts';
import { type Runtime, UPSTREAM_NAMES, type UpstreamName, type Upstreams } from '../ports.ts';

type Component = {
  readonly status: HealthStatus;
  /** The components of the Worker. */
  readonly components?: Readonly<Record<string, { readonly status: HealthStatus }>>;
};

type Components = Readonly<Partial<Record<UpstreamName, Component>>>;

type Health = {
  readonly status: HealthStatus;
  readonly version: string;
  /** Seconds since the first health request to this isolate. */
  readonly uptime: number;
  readonly components: Components;
};

const FRESH = seconds(2);
const ANSWER_LIMIT = seconds(2);

/** Answers `GET /health`: 503 when the deployment as a whole is down. Asks at most every two seconds. */
export function healthReporter(upstreams: Upstreams, runtime: Runtime): () => Promise<Response> {
  let startedAt: Millis | undefined;
  const readHealth = cachedUntil(
    async (now): Promise<Health> => {
      startedAt ??= now;
      const uptime = Math.floor((now - startedAt) / 1_000);
      const components = await askAll(upstreams, runtime);
      return { status: overall(components), version, uptime, components };
    },
    (_, requestedAt) => requestedAt + FRESH,
  );
  return async () => {
    const health = await readHealth(runtime.clock());
    return Response.json(health, {
      status: health.status === 'DOWN' ? 503 : 200,
      headers: { 'cache-control': 'no-store' },
    });
  };
}

async function askAll(upstreams: Upstreams, runtime: Runtime): Promise<Components> {
  const answers = await Promise.all(
    UPSTREAM_NAMES.map(async (name) => {
      const component = await ask(name, () => upstreams[name].rpc.health(), runtime);
      return [name, component] as const;
    }),
  );
  return Object.fromEntries(answers);
}

async function ask(
  name: UpstreamName,
  health: () => Promise<readonly ComponentHealth[]>,
  { log }: Runtime,
): Promise<Component> {
  try {
    const parts = await within(ANSWER_LIMIT, health());
    const components = Object.fromEntries(
      parts.map((part) => [part.name, { status: part.status }]),
    );
    return { status: worst(parts.map(({ status }) => status)), components };
  } catch (error) {
    log({ event: 'health.unreachable', level: 'warn', worker: name, message: messageOf(error) });
    return { status: 'DOWN' };
  }
}

const ORDER: readonly HealthStatus[] = ['UP', 'DEGRADED', 'DOWN'];

const worst = (all: readonly HealthStatus[]): HealthStatus =>
  ORDER.findLast((status) => all.includes(status)) ?? 'UP';

/** Without `identity` or `keys` nobody can sign in. Without any other Worker the rest works. */
function overall(components: Components): HealthStatus {
  const { identity, keys } = components;
  if (identity?.status === 'DOWN' || keys?.status === 'DOWN') return 'DOWN';
  const all = worst(Object.values(components).map(({ status }) => status));
  return all === 'UP' ? 'UP' : 'DEGRADED';
}
