// Largest contentful paint of the first page, cold: `node scripts/lcp.mjs URL`. Prints the median of several loads.
import { chromium } from '@playwright/test';

const url = process.argv[2] ?? 'http://127.0.0.1:8080';
const RUNS = 5;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
const times = [];
let bytes = 0;
for (let run = 0; run < RUNS; run += 1) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(url, { waitUntil: 'networkidle' });
  const [paint, size] = await page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => {
          const entries = performance.getEntriesByType('resource');
          const js = entries.filter((each) => each.name.endsWith('.js'));
          resolve([
            list.getEntries().at(-1).startTime,
            js.reduce((sum, each) => sum + each.encodedBodySize, 0),
          ]);
        }).observe({ type: 'largest-contentful-paint', buffered: true });
      }),
  );
  times.push(paint);
  bytes = size;
  await context.close();
}
await browser.close();
times.sort((a, b) => a - b);
const [fast, median, slow] = [times[0], times[RUNS >> 1], times[RUNS - 1]].map((time) => Math.round(time));
console.log(
  `LCP ${median} ms (${fast} to ${slow}, ${RUNS} loads), JS on the wire ${(bytes / 1000).toFixed(1)} kB`,
);
