export { Notifier } from './notifier.ts';
export { httpPoster } from './post.ts';
export type { NotifyTarget } from './target.ts';
