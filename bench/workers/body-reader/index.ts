/** The floor of what is asked in a body: a Worker that reads it, and answers the same to everybody. */
// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  async fetch(request): Promise<Response> {
    await request.text();
    return Response.json({ ok: true });
  },
} satisfies ExportedHandler;
