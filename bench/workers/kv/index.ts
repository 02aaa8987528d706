/**
 * A KV namespace for the peers that need one. It serves the requests that workerd makes of the calls of a
 * `kvNamespace` binding.
 */

import type { NamespaceObject } from './namespace-object.ts';

export { NamespaceObject } from './namespace-object.ts';

type Env = { readonly NAMESPACES: DurableObjectNamespace<NamespaceObject> };

const METADATA = 'cf-kv-metadata';

// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const namespace = env.NAMESPACES.getByName('kv');
    const key = decodeURIComponent(pathname.slice(1));
    if (request.method === 'PUT') {
      const life = searchParams.get('expiration_ttl');
      const metadata = request.headers.get(METADATA);
      await namespace.put(key, await request.text(), metadata, life && Number(life));
      return new Response();
    }
    if (request.method === 'DELETE') {
      await namespace.delete(key);
      return new Response();
    }
    if (key === '') return Response.json(await namespace.list(listing(searchParams)));
    const entry = await namespace.get(key);
    if (entry === undefined) return new Response(null, { status: 404 });
    return new Response(entry.value, {
      headers: entry.metadata === null ? {} : { [METADATA]: entry.metadata },
    });
  },
} satisfies ExportedHandler<Env>;

const listing = (parameters: URLSearchParams) => ({
  prefix: parameters.get('prefix') ?? '',
  limit: Number(parameters.get('key_count_limit') ?? 1_000),
  after: parameters.get('cursor') ?? '',
});
