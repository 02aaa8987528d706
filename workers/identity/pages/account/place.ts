import type { Origin } from '../../../../shared/contracts/identity/user-sessions.ts';

const COUNTRY = /^[A-Z]{2}$/;

/** Country and address, as far as the platform knows them. */
export function placeOf({ country, ipAddress }: Origin, lang: string): string {
  const name =
    country !== null && COUNTRY.test(country)
      ? new Intl.DisplayNames(lang, { type: 'region' }).of(country)
      : undefined;
  return [name, ipAddress].filter((part) => part !== undefined && part !== '').join(' · ');
}
