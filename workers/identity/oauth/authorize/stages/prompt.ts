import { OAuthError } from '../../oauth-error.ts';
import { PROMPTS, type Prompt } from '../authorization-request.ts';
import type { Draft } from '../draft.ts';
import { words } from '../words.ts';

/**
 * `prompt` (OpenID Connect Core §3.1.2.1; `create`: Initiating User Registration §4.1). `none` goes
 * with nothing else.
 */
export function checkPrompt({ parameters }: Draft): Partial<Draft> {
  const prompts = words(parameters.get('prompt')).map(toPrompt);
  if (prompts.includes('none') && prompts.length > 1) {
    throw new OAuthError('invalid_request', 'prompt=none must stand alone');
  }
  return { prompts };
}

function toPrompt(word: string): Prompt {
  const prompt = PROMPTS.find((known) => known === word);
  if (prompt !== undefined) return prompt;
  throw new OAuthError('invalid_request', 'The prompt is not supported');
}
