import type { Draft } from '../draft.ts';
import { words } from '../words.ts';

/** `login_hint` and `ui_locales`: they help the pages, and are trusted with nothing. */
export const checkHints = ({ parameters }: Draft): Partial<Draft> => ({
  loginHint: parameters.get('login_hint') ?? null,
  uiLocales: words(parameters.get('ui_locales')),
});
