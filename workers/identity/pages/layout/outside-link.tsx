import type { FC } from 'hono/jsx';

/** A link that a client named: to the web, or to nowhere. Does not tell where its reader came from. */
export const OutsideLink: FC<{ readonly href: string | null; readonly label: string }> = ({
  href,
  label,
}) =>
  isWeb(href) ? (
    <a href={href} rel="noopener noreferrer nofollow">
      {label}
    </a>
  ) : null;

function isWeb(href: string | null): href is string {
  const protocol = URL.parse(href ?? '')?.protocol;
  return protocol === 'https:' || protocol === 'http:';
}
