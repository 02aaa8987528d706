/** The floor of requests with a body: a Worker that reads it, and always gives the same answer. */
// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  async fetch(request): Promise<Response> {
    await request.text();
    return Response.json({ ok: true });
  },
} satisfies ExportedHandler;
