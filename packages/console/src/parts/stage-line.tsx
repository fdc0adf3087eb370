import type { MigrationStatus } from '@falsework/client/contract';
import { stageRow } from '@falsework/core/stage';
import type { ReactNode } from 'react';

/** The stages that this migration walks, and where it stands. */
export function StageLine({
  status: { walk, stage },
}: {
  readonly status: Pick<MigrationStatus, 'walk' | 'stage'>;
}): ReactNode {
  const here = walk.indexOf(stage);
  return (
    <ol className="stage-line" aria-label="Stages">
      {walk.map((each, i) => (
        <li
          key={each}
          className={i < here ? 'past' : i === here ? 'here' : 'ahead'}
          aria-current={i === here ? 'step' : undefined}
          title={stageRow(each).summary}
        >
          {each}
        </li>
      ))}
    </ol>
  );
}
