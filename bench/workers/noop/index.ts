/** The floor of everything: a Worker that always gives the same answer. */
// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  fetch: (): Response => Response.json({ ok: true }),
} satisfies ExportedHandler;
