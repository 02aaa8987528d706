import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type Principal,
} from '../../shared/contracts/edge/principal.ts';
import { serve } from '../../workers/connect/worker.ts';

type FrontRequest = {
  readonly principal?: Principal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly body?: unknown;
};

/** The connect Worker with a queue, and its requests to objects. */
export class QueueFront {
  readonly name = `queue:${crypto.randomUUID()}`;
  readonly woken: string[] = [];
  /** The requests that reached a hub. */
  readonly forwarded: Request[] = [];
  reachable = true;
  readonly #env: typeof env;

  /** @param capacity - Also the value of `QUEUE_CAPACITY`; 0 disables the queue. */
  private constructor(capacity: number) {
    const HUBS = this.#spied(env.HUBS);
    const QUEUES = this.#spied(env.QUEUES, this.name);
    this.#env = { ...env, QUEUE_CAPACITY: String(capacity), HUBS, QUEUES };
  }

  static async start(capacity: number): Promise<QueueFront> {
    const front = new QueueFront(capacity);
    await front.queue.change({ capacity });
    return front;
  }

  get queue() {
    return env.QUEUES.getByName(this.name);
  }

  #spied<N extends typeof env.HUBS | typeof env.QUEUES>(namespace: N, as?: string): N {
    const getByName = (name: string) => {
      this.woken.push(name);
      if (!this.reachable) throw new Error('Cannot reach the object: a test says so');
      const stub = namespace.getByName(as ?? name);
      return new Proxy(stub, {
        get: (target, member) => {
          if (member !== 'fetch') return Reflect.get(target, member);
          return (request: Request) => {
            this.forwarded.push(request);
            return target.fetch(request);
          };
        },
      });
    };
    return new Proxy(namespace, {
      get: (target, member) => (member === 'getByName' ? getByName : Reflect.get(target, member)),
    });
  }

  async fetch(path: string, { principal, headers = {}, method, body }: FrontRequest = {}) {
    const request = new Request(`https://id.example.test${path}`, {
      method: method ?? 'GET',
      headers: {
        ...(principal === undefined ? {} : { [PRINCIPAL_HEADER]: encodePrincipal(principal) }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const context = Object.assign(createExecutionContext(), { props: { caller: 'edge' } });
    return serve(request, this.#env, context);
  }

  /** Requests access, and returns the answer's status and body. */
  async ask(principal?: Principal, ticket?: string) {
    const body = ticket === undefined ? undefined : { ticket };
    const response = await this.fetch('/queue/request-access', { method: 'POST', principal, body });
    return { status: response.status, ...(await response.json<Answer>()) };
  }

  /** Sends an upgrade request to `/connect`. `close` closes an open socket. */
  async connect(
    principal: Principal,
    how: { headers?: Record<string, string>; query?: string } = {},
  ) {
    const headers = { upgrade: 'websocket', ...how.headers };
    const response = await this.fetch(`/connect${how.query ?? ''}`, { principal, headers });
    response.webSocket?.accept();
    const problem = response.webSocket === null ? await response.json<Answer>() : undefined;
    const close = () => response.webSocket?.close();
    return { status: response.status, headers: response.headers, problem, close };
  }
}

type Answer = {
  readonly code?: string;
  readonly queueUrl?: string;
  readonly granted?: boolean;
  readonly grant?: string;
  readonly expiresIn?: number;
  readonly position?: number;
  readonly etaSeconds?: number | null;
  readonly ticket?: string;
  readonly retryAfterSeconds?: number;
};
