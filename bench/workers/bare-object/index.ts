/** The floor of a refresh: an object per user, which reads one row and writes one row on disk. */

import { DurableObject } from 'cloudflare:workers';

type Env = { readonly COUNTERS: DurableObjectNamespace<CounterObject> };

export class CounterObject extends DurableObject<Env> {
  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    state.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, n INTEGER)',
    );
    state.storage.sql.exec('INSERT OR IGNORE INTO counter VALUES (1, 0)');
  }

  increment(): number {
    const { sql } = this.ctx.storage;
    return this.ctx.storage.transactionSync(() => {
      const { n } = sql.exec<{ n: number }>('SELECT n FROM counter WHERE id = 1').one();
      sql.exec('UPDATE counter SET n = ? WHERE id = 1', n + 1);
      return n + 1;
    });
  }
}

/** `POST /<name of the object>`. */
// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  async fetch(request, env): Promise<Response> {
    const name = new URL(request.url).pathname;
    return Response.json({ n: await env.COUNTERS.getByName(name).increment() });
  },
} satisfies ExportedHandler<Env>;
