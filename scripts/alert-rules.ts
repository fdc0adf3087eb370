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
  return `      - alert: ${alert.name}
        expr: |-
${expr}
        for: ${alert.for}
        labels:
          severity: ${alert.severity}
        annotations:
          summary: ${quoted(alert.summary)}
          description: ${quoted(alert.description)}
          runbook_url: ${quoted(runbookOf(alert))}
`;
}

/** As the formatter leaves it: in double quotes where there are none within. */
function quoted(text: string): string {
  return text.includes('"') ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}
