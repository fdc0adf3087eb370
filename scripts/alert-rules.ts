import { ALERTS, type Alert, runbookOf } from '@falsework/control/metrics';

/** The alerts as a rule file of Prometheus. */
export function alertRules(): string {
  return `groups:
  - name: falsework
    rules:
${ALERTS.map(rule).join('\n')}`;
}

function rule(alert: Alert): string {
  const expr = alert.expr
    .split('\n')
    .map((line) => `          ${line}`)
    .join('\n');
  // What JSON quotes is quoted in YAML too, so that no text of ours can become something else.
  return `      - alert: ${alert.name}
        expr: |-
${expr}
        for: ${alert.for}
        labels:
          severity: ${alert.severity}
        annotations:
          summary: ${JSON.stringify(alert.summary)}
          description: ${JSON.stringify(alert.description)}
          runbook_url: ${JSON.stringify(runbookOf(alert))}
`;
}
