// Writes every generated page, and removes error pages whose code is gone.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedPages } from './generated-docs.ts';

const root = join(import.meta.dirname, '..');
const pages = generatedPages();
const wanted = new Set(pages.map((page) => page.path));
for (const { path, text } of pages) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
for (const name of readdirSync(join(root, 'docs/errors'))) {
  if (!wanted.has(`docs/errors/${name}`)) rmSync(join(root, 'docs/errors', name));
}
console.log(`${pages.length} pages written`);
