import type { Consent } from '../../oauth/consents/consent-store.ts';
import { shownText } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';

/** What a client gets, a sentence for each thing. Details of requests (RFC 9396) are shown apart. */
export function permissionSentences(
  { scopes, claims, resources }: Pick<Consent, 'scopes' | 'claims' | 'resources'>,
  text: Text,
): readonly string[] {
  const names = claims.map(shownText).join(', ');
  return [
    ...scopes.map((scope) => sentenceOf(scope, text)),
    ...(claims.length === 0 ? [] : [text.claims(names)]),
    ...resources.map((resource) => text.resource(shownText(resource))),
  ];
}

const sentenceOf = (scope: string, { scopes, otherScope }: Text): string =>
  (Object.hasOwn(scopes, scope) ? scopes[scope] : undefined) ?? otherScope(shownText(scope));
