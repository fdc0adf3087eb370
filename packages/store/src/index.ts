export { type OpenOptions, openStore } from './open-store.ts';
