export { SITE_FOLDER } from './site-folder.ts';
