import type { StartSettings } from './start-settings.ts';

export type BannerFacts = {
  readonly settings: StartSettings;
  /** `undefined`: not ours to show, because its owner chose it. */
  readonly password: string | undefined;
  readonly logFile: string;
  readonly seconds: number;
};

/** What a newcomer reads first. */
export function banner({ settings, password, logFile, seconds }: BannerFacts): string {
  const { issuer, port, dataDir, adminEmail } = settings;
  const url = `http://127.0.0.1:${port}`;
  const tour = port === 8787 ? 'npm run tour' : `PORT=${port} npm run tour`;
  return `
  Sallyport is up at ${url} (${seconds.toFixed(1)} s)

    API documentation   ${url}/docs
    Administrator       ${adminEmail}
    Password            ${password ?? '(the one you chose)'}
    Issuer              ${issuer}
    Data                ${dataDir}
    Log                 ${logFile}

  Try it:

    ${tour}

    curl -s ${url}/api/v1/auth/register -H 'content-type: application/json' \\
      -d '{"email":"ada@example.com","password":"correct horse battery"}'

    curl -s ${url}/api/v1/auth/profile -H 'authorization: Bearer <accessToken>'

  Ctrl-C stops it. Accounts and sessions are kept.
`;
}
