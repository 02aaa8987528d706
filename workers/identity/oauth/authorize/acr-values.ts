/** The authentication contexts that signing in here can reach: `acr_values_supported`. */
export const ACR_VALUES: readonly string[] = ['urn:sallyport:acr:pwd'];
