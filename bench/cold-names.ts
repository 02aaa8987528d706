/** The names of the cold starts in the report. */
export const COLD = {
  noop: 'no-op Worker',
  edge: 'edge, a request without a token (401)',
  noopBeside: 'no-op Worker, beside the stand-in',
  edgeBeside: 'edge, a token validated with the stand-in’s key',
} as const;
