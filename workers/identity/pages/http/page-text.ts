import type { Context } from 'hono';

import type { AppEnv } from '../../context.ts';
import type { Interaction } from '../../oauth/interactions/interaction.ts';
import { chooseText, type Text } from '../text/text.ts';

/** The language of a page: as the client asked, else as the browser prefers. */
export const pageText = (c: Context<AppEnv>, interaction?: Interaction): Text =>
  chooseText(interaction?.request.uiLocales ?? [], c.req.header('accept-language'));
