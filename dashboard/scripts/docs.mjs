// Puts the API reference beside the dashboard: Swagger UI from its package, our page and our start script.
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const own = new URL('../docs/', import.meta.url).pathname;
const to = new URL('../dist/docs/', import.meta.url).pathname;
mkdirSync(to, { recursive: true });
for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE'])
  copyFileSync(join(from, file), join(to, file));
for (const file of ['index.html', 'start.js', 'page.css']) copyFileSync(join(own, file), join(to, file));
