import { authorityOf, type Feed, readEpochs } from '@falsework/data';
import type { ReadySide } from './open-data-side.ts';

/** The feed that runs from the store which takes the writes. */
export async function presentFeed({ stores, forward, reverse }: ReadySide): Promise<Feed> {
  const authority = authorityOf(await readEpochs(stores, forward.schema));
  return authority === 'candidate' ? reverse : forward;
}
