import { fileURLToPath } from 'node:url';

/**
 * Where the built console is, for control to serve. The same folder from source and from a build:
 * both stand one below the package.
 */
export const SITE_FOLDER: string = fileURLToPath(new URL('../dist/site/', import.meta.url));
