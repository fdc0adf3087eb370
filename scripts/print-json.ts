const WIDTH = 100;

/** JSON as the formatter here leaves it: a list of plain values stands on one line. */
export function printJson(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    const printed = value.map((each) => printJson(each, inner));
    const isPlain = printed.every((text) => !text.includes('\n'));
    const line = `[${printed.join(', ')}]`;
    if (isPlain && indent.length + line.length < WIDTH) return line;
    return `[\n${printed.map((text) => inner + text).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return '{}';
  const printed = entries.map(([key, each]) => `${JSON.stringify(key)}: ${printJson(each, inner)}`);
  return `{\n${printed.map((text) => inner + text).join(',\n')}\n${indent}}`;
}
