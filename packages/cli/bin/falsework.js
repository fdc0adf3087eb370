#!/usr/bin/env node
// Plain and old-fashioned on purpose: an older Node must get as far as the message below.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `falsework needs Node 22.19 or later, and this is ${process.version}. Nothing was started.`,
  );
  process.exit(2);
}
const { main } = await import('../dist/main.js');
await main(process.argv.slice(2));
