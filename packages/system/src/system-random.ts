import type { Random } from '@falsework/core/ports';

/** The runtime's randomness. Good for sampling and jitter; nothing secret is made from it. */
export const systemRandom: Random = Object.freeze({ next: () => Math.random() });
