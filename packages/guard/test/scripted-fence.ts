import type { FenceMark, FenceReason, ReadFence } from '@falsework/core/routing';

/** A fence that says what a test has it say, when the test has it say so. */
export class ScriptedFence implements ReadFence {
  /** The keys that were asked about, in turn. */
  readonly asked: (string | null)[] = [];
  /** What it says at once; a promise holds it up. */
  says: (key: string | null) => Promise<FenceReason | null>;
  /** Keys that were seen to be written since any mark. */
  readonly moved = new Set<string | null>();
  position: FenceMark | null = { position: 0 };

  constructor(says: FenceReason | null = null) {
    this.says = () => Promise.resolve(says);
  }

  check(key: string | null): Promise<FenceReason | null> {
    this.asked.push(key);
    return this.says(key);
  }

  mark(): FenceMark | null {
    return this.position;
  }

  hasMoved(_mark: FenceMark, key: string | null): Promise<boolean> {
    return Promise.resolve(this.moved.has(key));
  }
}

/** A fence that says nothing until it is told what; the tellers are in the order of asking. */
export function heldFence(): {
  readonly fence: ScriptedFence;
  readonly tell: ((reason: FenceReason | null) => void)[];
} {
  const fence = new ScriptedFence();
  const tell: ((reason: FenceReason | null) => void)[] = [];
  fence.says = () => new Promise((resolve) => tell.push(resolve));
  return { fence, tell };
}
