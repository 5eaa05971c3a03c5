// What people do here, from signing in to a plan and its savings.
import { EMAIL, expect, openReadySite, optimise, PASSWORD, signIn, test } from './signedIn';

test.describe(() => {
  test.use({ provokes: /status of 401/ });
  test('a wrong password is said in words and keeps the address', async ({ page }) => {
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill(EMAIL);
    await page.getByLabel('Password', { exact: true }).fill('not the password at all');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toHaveText('The address or the password is wrong.');
    await expect(page.getByLabel('E-mail address')).toHaveValue(EMAIL);
  });
});

test('signing in leads to the page that was asked for', async ({ page }) => {
  await signIn(page, '/energy/tariffs');
  await expect(page).toHaveURL(/\/energy\/tariffs$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Tariffs' })).toBeVisible();
});

test('a plan of a site says what it saves', async ({ page }) => {
  await signIn(page);
  const name = await openReadySite(page);
  await optimise(page);
  await expect(page.getByText('Saved against the rule')).toBeVisible();
  await expect(page.getByText(/Optimal|Best found in time/).first()).toBeVisible();
  const costs = page.getByRole('table', { name: 'Cost by component' });
  for (const way of ['No control', 'Rule', 'Plan']) {
    await expect(costs.getByRole('rowheader', { name: way })).toBeVisible();
  }
  await page.getByRole('button', { name: 'Table' }).click();
  await expect(page.getByRole('table', { name: 'Plan by step' })).toBeVisible();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV' }).click();
  expect((await saved).suggestedFilename()).toMatch(/plan.*\.csv$/);
  // The plan is there for the next who comes, from Overview in one click.
  await page.getByRole('link', { name: 'Overview', exact: true }).first().click();
  await expect(page.getByRole('row').filter({ hasText: name }).first()).toContainText('24 h');
});

test.describe(() => {
  test.use({ provokes: /ERR_FAILED/ });
  test('progress comes by the live stream, not by asking again', async ({ page }) => {
    await signIn(page);
    await openReadySite(page);
    await expect(page.getByRole('button', { name: /^Live/ })).toBeVisible();
    // Reading the run itself is refused from here on: only the stream can tell that it ended.
    let asked = 0;
    let ended = false;
    await page.route('**/api/v1/energy/optimizations/*', async (route) => {
      asked += 1;
      if (ended || route.request().method() !== 'GET') return route.continue();
      return route.abort();
    });
    await page.getByRole('button', { name: 'Optimise', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Optimise' }).click();
    await expect(page.getByRole('button', { name: /^Live, newest event/ })).toBeVisible();
    ended = true;
    await expect(page.getByText('Saved against no control')).toBeVisible({ timeout: 60_000 });
    expect(asked).toBeGreaterThan(0);
  });
});

test('a session holds over a reload and ends with sign-out', async ({ page }) => {
  await signIn(page);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto('/admin/users');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('everything up to the plan can be done by keyboard', async ({ page }) => {
  await page.goto('/sign-in');
  await expect(page.getByLabel('E-mail address')).toBeFocused();
  await page.keyboard.type(EMAIL);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page.getByRole('heading', { level: 1, name: 'Sites' })).toBeVisible();
  const name = (await page
    .getByRole('row')
    .filter({ hasText: 'Ready to plan' })
    .first()
    .getByRole('link')
    .first()
    .textContent()) as string;
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Page or site' })).toBeFocused();
  await page.keyboard.type(name);
  await expect(page.getByRole('option', { name }).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.getByRole('button', { name: 'Optimise', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByLabel('Start')).toBeFocused();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('Saved against no control')).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test.describe(() => {
  test.use({ provokes: /status of 409/ });
  test('a site is made, refused by field where it must be, and removed by its name', async ({ page }) => {
    await signIn(page, '/energy/sites');
    const taken = (await page.getByRole('row').nth(1).getByRole('link').first().textContent()) as string;
    const name = `Depot ${Date.now()}`;
    await page.getByRole('button', { name: 'Add site' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Name').fill(taken);
    await drawer.getByLabel('Time zone').fill('Europe/Berlin');
    await drawer.getByLabel('Import limit').fill('250');
    await drawer.getByRole('button', { name: 'Add site' }).click();
    await expect(drawer.getByRole('alert')).toBeVisible();
    await expect(drawer.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
    await drawer.getByLabel('Name').fill(name);
    await drawer.getByRole('button', { name: 'Add site' }).click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

    await page.getByRole('button', { name: 'Add asset' }).first().click();
    const asset = page.getByRole('dialog');
    await asset.getByLabel('Kind').selectOption('battery');
    await asset.getByLabel('Name').fill('Battery 1');
    await asset.getByLabel('Charges at up to', { exact: false }).first().fill('50');
    await asset.getByLabel('Discharges at up to').fill('50');
    await asset.getByLabel('Highest content').fill('100');
    await asset.getByRole('button', { name: 'Add asset' }).click();
    await expect(page.getByRole('row').filter({ hasText: 'Battery 1' })).toContainText('100 kWh');

    await page.getByRole('button', { name: 'Remove site' }).click();
    const confirm = page.getByRole('dialog');
    await expect(confirm.getByRole('button', { name: 'Remove site' })).toBeDisabled();
    await confirm.getByLabel(/^Type/).fill(name);
    await confirm.getByRole('button', { name: 'Remove site' }).click();
    await expect(page).toHaveURL(/\/energy\/sites$/);
    await expect(page.getByRole('link', { name })).toHaveCount(0);
  });
});

test('the first click in a form counts, whatever field is left for it', async ({ page }) => {
  await signIn(page, '/energy/tariffs?add=true');
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByLabel('Name').first()).toBeFocused();
  const before = await drawer.getByLabel(/^Price\W*$/).count();
  const box = await drawer.getByRole('button', { name: 'Add window' }).boundingBox();
  if (!box) throw new Error('the button is not shown');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.waitForTimeout(80);
  await page.mouse.up();
  await expect(drawer.getByLabel(/^Price\W*$/)).toHaveCount(before + 1);
});

test('a key is shown once and revoked by its name', async ({ page }) => {
  await signIn(page, '/admin/api-keys?add=true');
  const name = `meter ${Date.now()}`;
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel('Name').fill(name);
  await drawer.getByRole('button', { name: 'Add key' }).click();
  await expect(page.getByTestId('secret')).toHaveText(/^nqba_live_/);
  await page.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('button', { name: `Revoke ${name}` }).click();
  await page.getByRole('dialog').getByLabel(/^Type/).fill(name);
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click();
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Revoked');
});

test('who lacks the permission is not offered a page, and by its link is told whom to ask', async ({
  page,
  browser,
}) => {
  const email = `reader${Date.now()}@demo.example`;
  const password = 'a long sentence for a reader of energy';
  await signIn(page, '/admin/users?open=new');
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel('E-mail address').fill(email);
  await drawer.getByLabel('First password').fill(password);
  await drawer.getByLabel('Role 1', { exact: true }).selectOption('analyst');
  await drawer.getByRole('button', { name: 'Add user' }).click();
  await expect(page.getByRole('row').filter({ hasText: email })).toContainText('analyst');

  const other = await browser.newContext();
  const reader = await other.newPage();
  await reader.goto('/admin/audit');
  await reader.getByLabel('E-mail address').fill(email);
  await reader.getByLabel('Password', { exact: true }).fill(password);
  await reader.getByRole('button', { name: 'Sign in' }).click();
  await expect(reader.getByText('This page is not part of your roles')).toBeVisible();
  await expect(reader.getByText('audit:records:read')).toBeVisible();
  const main = reader.getByRole('navigation', { name: 'Main', exact: true });
  await expect(main.getByRole('link', { name: 'Sites' })).toBeVisible();
  await expect(main.getByRole('link', { name: 'Audit' })).toHaveCount(0);
  await other.close();

  // Nobody is left who could sign in with a password that stands in a test.
  await page.getByRole('link', { name: email.split('@')[0] }).click();
  await page.getByRole('dialog').getByLabel('May sign in').uncheck();
  await page.getByRole('dialog').getByRole('button', { name: 'Save user' }).click();
  await expect(page.getByRole('row').filter({ hasText: email })).toContainText('Disabled');
});

test('the API reference works from this server alone', async ({ page, baseURL }) => {
  await signIn(page);
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL ?? '') && !request.url().startsWith('data:'))
      elsewhere.push(request.url());
  });
  await page.goto('/docs/');
  await expect(page.getByText('/api/v1/energy/optimizations').first()).toBeVisible();
  await expect(page.getByRole('status')).toContainText('Signed in');
  expect(elsewhere).toEqual([]);
});
