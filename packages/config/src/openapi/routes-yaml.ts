import { Document, type YAMLMap } from 'yaml';
import type { ImportedRoute, ImportedRoutes } from './import-routes.ts';

// Names and types come from a document that somebody else wrote, and a comment ends with its line.
const TEXT_LENGTH_MAX = 200;

/**
 * Routes as they stand in `falsework.config.yaml`, to be pasted under `guard`. What was guessed is a
 * setting; what only a person can decide is a comment.
 */
export function routesYaml({ routes }: Pick<ImportedRoutes, 'routes'>): string {
  const document = new Document({
    routes: Object.fromEntries(routes.map(({ route, effects }) => [route, settingsOf(effects)])),
  });
  const map = document.get('routes') as YAMLMap;
  for (const [i, route] of routes.entries()) {
    const pair = map.items[i];
    // Its own line before the route; the library writes one # for each line of the text.
    if (pair) (pair.key as { commentBefore?: string }).commentBefore = commentOf(route);
  }
  return document.toString({ lineWidth: 0 });
}

function settingsOf(effects: ImportedRoute['effects']): object {
  return effects === 'none' ? { effects } : {};
}

function commentOf({ effects, keys, answers, operation }: ImportedRoute): string {
  const told = [operation ?? '', answers.length === 0 ? '' : `answers ${answers.join(', ')}`];
  const lines = [told.filter((text) => text !== '').join(': ')];
  if (effects === 'undeclared') {
    lines.push('not shadowed until its effects are declared: none, dry-run or follow');
  }
  if (answers.includes('text/event-stream')) lines.push('a stream is passed on and not compared');
  const [key, ...others] = keys;
  if (key !== undefined) {
    const more = others.length === 0 ? '' : `, or ${others.join(', ')}`;
    lines.push(`key: { from: path, name: ${key} } if that names whose request it is${more}`);
  }
  return lines
    .filter((line) => line !== '')
    .map((line) => ` ${printable(line)}`)
    .join('\n');
}

function printable(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '?').slice(0, TEXT_LENGTH_MAX);
}
