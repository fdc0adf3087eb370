import type { DecisionLine } from '@falsework/client/contract';

/** A moment that is marked on every chart. */
export interface Mark {
  readonly at: number;
  readonly sequence: number;
  readonly words: string;
  /** `epoch`: evidence begins anew. `back`: traffic went back. `step`: everything else. */
  readonly kind: 'epoch' | 'back' | 'step';
}

/** The decisions as marks, oldest first. */
export function marksOf(decisions: readonly DecisionLine[]): Mark[] {
  return decisions.map(({ at, sequence, action, because }) => {
    const isBack = action === 'retreat' || action === 'rollback';
    // A retreat begins an epoch as well, but it is the retreat that people look for.
    const kind = isBack ? 'back' : action === 'epoch' ? 'epoch' : 'step';
    return { at, sequence, words: because, kind };
  });
}

/** The share over time as a line of steps, up to `until`. */
export function shareSteps(
  decisions: readonly DecisionLine[],
  until: number,
): readonly [at: number[], percent: number[]] {
  const at: number[] = [];
  const percent: number[] = [];
  for (const decision of decisions) {
    const share = shareOf(decision.to);
    if (percent.at(-1) === share && at.length > 0) continue;
    at.push(decision.at);
    percent.push(share);
  }
  const last = percent.at(-1);
  if (last !== undefined && until > (at.at(-1) ?? 0)) {
    at.push(until);
    percent.push(last);
  }
  return [at, percent];
}

/** After `shift` the candidate serves everybody, whatever the share says. */
function shareOf({ stage, share }: DecisionLine['to']): number {
  return ['turnover', 'seal', 'strike'].includes(stage) ? 100 : share.percent;
}
