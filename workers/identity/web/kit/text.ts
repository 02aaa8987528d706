import { parseAccept } from 'hono/utils/accept';
import { shortText } from '../../../../shared/shown-text.ts';
import type { RequestContext } from '../../../kit/request.ts';
import type { Interaction } from '../../oauth/authorize/interaction.ts';
import { en } from './text/en.ts';

/** The language of a page: as the client asked, else as the browser prefers. */
export const pageText = (c: RequestContext<unknown>, interaction?: Interaction): Text =>
  chooseText(interaction?.request.uiLocales ?? [], c.req.header('accept-language'));

/** Everything that the pages say. A further language is a further file like `text/en.ts`. */
export type Text = typeof en;

/** By primary language subtag (RFC 5646 §2.2.1). */
const TEXTS: ReadonlyMap<string, Text> = new Map([['en', en]]);

/**
 * The first language that there is a text in: of those that the client asked for (`ui_locales`, OpenID Connect
 * Core §3.1.2.1), then of those that the browser prefers (RFC 9110 §12.5.4), then English.
 */
export function chooseText(
  uiLocales: readonly string[],
  acceptLanguage: string | undefined,
  texts: ReadonlyMap<string, Text> = TEXTS,
): Text {
  const wanted = [...uiLocales, ...preferredLanguages(acceptLanguage ?? '')];
  const found = wanted.map((tag) => texts.get(primarySubtag(tag)));
  return found.find((text) => text !== undefined) ?? en;
}

const primarySubtag = (tag: string): string => (tag.split('-')[0] ?? '').toLowerCase();

/** The tags of an `Accept-Language`, the most preferred first. A weight of 0 excludes a tag. */
const preferredLanguages = (header: string): readonly string[] =>
  parseAccept(header)
    .filter(({ q }) => q > 0)
    .map(({ type }) => type);

const MAX_NAME = 80;

/** A name that somebody else chose, made fit to stand in a sentence of ours. Empty if it shows nothing. */
export const shownName = (text: string): string => shortText(text, MAX_NAME);
