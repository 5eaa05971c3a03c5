// Holds the first route to its budget: everything the browser must fetch to show Overview, gzipped.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const limit = { js: 170, css: 30 };
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
const routes = ['index.html', 'src/features/overview/OverviewPage.tsx'];

const js = new Set();
const css = new Set();
const visit = (key) => {
  const chunk = manifest[key];
  if (!chunk || js.has(chunk.file)) return;
  js.add(chunk.file);
  for (const file of chunk.css ?? []) css.add(file);
  for (const next of chunk.imports ?? []) visit(next);
};
for (const route of routes) {
  if (!manifest[route]) throw new Error(`budget: ${route} is not in the manifest`);
  visit(route);
}

const kB = (files) =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0) /
  1000;
const total = { js: kB(js), css: kB(css) };
const all = readdirSync(join(dist, 'assets'))
  .filter((file) => file.endsWith('.js'))
  .map((file) => `assets/${file}`);
console.log(
  `first route: JS ${total.js.toFixed(1)} of ${limit.js} kB gz in ${js.size} files, ` +
    `CSS ${total.css.toFixed(1)} of ${limit.css} kB gz; all routes: JS ${kB(all).toFixed(1)} kB gz`,
);
if (total.js > limit.js || total.css > limit.css) {
  console.error('budget: the first route is too heavy');
  process.exit(1);
}
