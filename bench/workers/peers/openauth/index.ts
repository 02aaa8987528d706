/** A peer: `@openauthjs/openauth`, whose provider signs every user in without a question. */

import { issuer } from '@openauthjs/openauth';
import type { Provider } from '@openauthjs/openauth/provider/provider';
import { CloudflareStorage } from '@openauthjs/openauth/storage/cloudflare';
import { createSubjects } from '@openauthjs/openauth/subject';
import { z } from 'zod';

type Env = { readonly KV: KVNamespace };

const user = z.object({ userId: z.string(), email: z.string() });

const believing: Provider<{ readonly userId: string }> = {
  type: 'believing',
  init(routes, { success }) {
    routes.get('/authorize', (c) => success(c, { userId: c.req.header('x-user') ?? '' }));
  },
};

const provider = ({ KV }: Env) =>
  issuer({
    storage: CloudflareStorage({ namespace: KV }),
    subjects: createSubjects({ user }),
    providers: { believing },
    success: (answer, { userId }) =>
      answer.subject('user', { userId, email: `${userId}@example.test` }, { subject: userId }),
  });

let app: { readonly fetch: ExportedHandlerFetchHandler<Env> } | undefined;

// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  fetch(request, env, context): Response | Promise<Response> {
    app ??= provider(env);
    return app.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;
