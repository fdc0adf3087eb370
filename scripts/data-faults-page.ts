import { FAULT_CLASSES, type FaultClass } from '@falsework/data';

const CHECKS: Readonly<Record<FaultClass['check'], string>> = {
  reconcile: 'a pass of reconciling',
  'rogue-watch': 'the watch on the follower',
  place: 'the check of the place, before reading',
  'dead-letters': 'the dead letters',
  counters: 'the counters of capture',
  harmless: 'none is needed: it changes nothing',
  turnover: 'turnover',
  rehearsal: 'the rehearsal of the way back',
  nothing: '**none: a limitation**',
};

/** The page that says which fault of the data side is found by what. */
export function dataFaultsPage(): string {
  const lines = Object.values<FaultClass>(FAULT_CLASSES).map(
    ({ fault, check, found, note }) =>
      `| ${fault} | ${CHECKS[check]} | ${found === null ? '' : `\`${found}\``} | ${note} |`,
  );
  return `# Faults of the data side, and what finds them

Two stores can come to disagree in these ways. Every row that names a divergence, and every one that
needs no check, is planted on two real servers by a test. What nothing finds is said so.

| fault | found by | as | why |
|---|---|---|---|
${lines.join('\n')}
`;
}
