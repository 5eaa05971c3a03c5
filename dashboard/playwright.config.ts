import { defineConfig } from '@playwright/test';

const narrow = { width: 390, height: 844 };
const wide = { width: 1440, height: 900 };
const shots = /shots\.spec\.ts/;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/run',
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // One server, one group's data: the tests take turns.
  workers: 1,
  fullyParallel: false,
  reporter: [['list']],
  use: {
    baseURL: process.env.NQBA_URL ?? 'http://127.0.0.1:8080',
    viewport: wide,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    actionTimeout: 10_000,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'flows', testIgnore: shots },
    { name: 'wide-light', testMatch: shots, use: { colorScheme: 'light', viewport: wide } },
    { name: 'wide-dark', testMatch: shots, use: { colorScheme: 'dark', viewport: wide } },
    { name: 'narrow-light', testMatch: shots, use: { colorScheme: 'light', viewport: narrow } },
    { name: 'narrow-dark', testMatch: shots, use: { colorScheme: 'dark', viewport: narrow } },
  ],
});
