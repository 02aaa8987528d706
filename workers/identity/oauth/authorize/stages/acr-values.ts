import type { Draft } from '../draft.ts';
import { words } from '../words.ts';

/** `acr_values`, or the client's defaults: wished for, not demanded (Core §3.1.2.1, RFC 9470 §5). */
export function checkAcrValues({ client, parameters }: Draft): Partial<Draft> {
  const asked = parameters.get('acr_values');
  return { acrValues: asked === undefined ? client.defaultAcrValues : words(asked) };
}
