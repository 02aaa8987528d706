import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AppEnv } from '../../context.ts';
import { type Interaction, saveInteraction } from '../../oauth/interactions/interaction.ts';
import { resumePath } from '../../oauth/interactions/interaction-paths.ts';

/** Keeps an interaction as the page has moved it on, and leaves for the authorization endpoint. */
export async function goOn(c: Context<AppEnv>, moved: Interaction): Promise<Response> {
  await orUnavailable('the interactions', async () =>
    saveInteraction(c.var.services.ttlStore(), moved),
  );
  return c.redirect(resumePath(moved.id), 303);
}
