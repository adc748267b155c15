/** Loaded where a token of Entra ID is verified, in a file of its own beside the bundle. */
export { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
