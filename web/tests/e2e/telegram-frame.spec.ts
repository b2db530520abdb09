import { expect, test } from './support/fixtures';
import { BOT_TOKEN, initData, launchHash } from './support/telegram-client';
import { TelegramWeb, THEMES } from './support/telegram-web';

const PERSON = { id: 99_281_933, first_name: 'Ada' };

test.use({
  viewport: { width: 390, height: 780 },
  hasTouch: true,
  settings: {
    PIXELWARS_CANVAS__REGAIN_MS: '0',
    PIXELWARS_AUTH__TELEGRAM_BOT_TOKEN: BOT_TOKEN,
  },
  // The client's page is of the internet and the game's of this machine.
  launchOptions: {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'],
  },
});

function address(url: string, more: Readonly<Record<string, string>> = {}): string {
  return `${url}/mini-app${launchHash(initData(PERSON), {
    tgWebAppThemeParams: JSON.stringify(THEMES.dark), ...more,
  })}`;
}

test('the client is greeted, and drawn in the colours that it gave', async ({ page, server }) => {
  const client = await TelegramWeb.open(page, address(server.url), THEMES.dark);
  await expect.poll(() => client.told('web_app_ready')).toHaveLength(1);
  await expect.poll(() => client.told('web_app_expand')).toHaveLength(1);
  await client.expectLast('web_app_setup_swipe_behavior', { allow_vertical_swipe: false });
  await client.expectLast('web_app_set_header_color', { color: '#232e3c' });
  await client.expectLast('web_app_set_background_color', { color: '#232e3c' });
  await client.expectLast('web_app_set_bottom_bar_color', { color: '#17212b' });
  const root = client.game.locator('html');
  await expect(root).toHaveCSS('color-scheme', 'dark');
  await expect(root).toHaveCSS('--panel', '#17212b');
  await client.send('theme_changed', { theme_params: THEMES.light });
  await expect(root).toHaveCSS('color-scheme', 'light');
  await client.expectLast('web_app_set_header_color', { color: '#efeff4' });
  // What covers the screen's edges keeps the page's controls clear of it.
  await expect(client.game.locator('header').first()).toHaveCSS('top', '24px');
});

test('the client’s buttons play, place and go back', async ({ page, server }) => {
  const start = { tgWebAppStartParam: 'cmain_x120_y45_z20' };
  const client = await TelegramWeb.open(page, address(server.url, start), THEMES.dark);
  await client.expectLast('web_app_setup_main_button', { is_visible: true, text: 'Play' });
  await expect(client.game.getByRole('button', { name: 'Play', exact: true })).toHaveCount(0);
  await client.pressMainButton();
  await expect.poll(() => client.status()).toBe('playing');
  await client.expectLast('web_app_setup_main_button', { is_visible: false });

  await client.game.getByRole('button', { name: /^Colour 3,/ }).click();
  const positionOf = (x: number, y: number) => client.game.locator('body').evaluate(
    (_, cell) => window.__pixelwars?.clientPositionOf(cell.x, cell.y) ?? { x: 0, y: 0 }, { x, y },
  );
  const at = await positionOf(120, 45);
  const frame = await page.locator('iframe').boundingBox();
  // The start parameter's place is in the middle of the frame.
  expect(Math.abs(at.x - (frame?.width ?? 0) / 2)).toBeLessThan(20);
  await client.game.locator('.canvas-host').tap({ position: at });
  await client.expectLast('web_app_setup_main_button', { text: 'Place at 120, 45' });
  await client.expectLast('web_app_setup_back_button', { is_visible: true });
  await client.expectLast('web_app_trigger_haptic_feedback', { type: 'impact' });
  await client.pressBack();
  await client.expectLast('web_app_setup_back_button', { is_visible: false });
  // The frame is as high again as it was without the client's button.
  await expect.poll(async () => (await positionOf(120, 45)).y).toBeCloseTo(at.y, 0);
  // Not where the first tap was: two taps at one place zoom in.
  await client.game.locator('.canvas-host').tap({ position: await positionOf(117, 45) });
  await client.expectLast('web_app_setup_main_button', { text: 'Place at 117, 45' });
  await client.pressMainButton();
  await expect
    .poll(() => client.game.locator('body').evaluate(
      () => window.__pixelwars?.trueColor(117, 45),
    ))
    .toBe(2);
  const asked = await client.told('web_app_setup_closing_behavior');
  expect(asked.map((data) => data?.['need_confirmation'])).toContain(true);
  await client.expectLast('web_app_setup_closing_behavior', { need_confirmation: false });
});

test('the way back closes what is open: a menu, then a page', async ({ page, server }) => {
  const client = await TelegramWeb.open(page, address(server.url), THEMES.light);
  const { game } = client;
  const menu = game.locator('#main-menu');
  await game.getByRole('button', { name: 'Menu', exact: true }).click();
  await client.expectLast('web_app_setup_back_button', { is_visible: true });
  await client.expectLast('web_app_setup_main_button', { is_visible: false });
  await client.pressBack();
  await expect(menu).toBeHidden();
  await client.expectLast('web_app_setup_back_button', { is_visible: false });
  await client.expectLast('web_app_setup_main_button', { is_visible: true });

  await game.getByRole('button', { name: 'Menu', exact: true }).click();
  await menu.getByRole('link', { name: 'Templates' }).click();
  await expect(game.getByRole('dialog', { name: 'Templates' })).toBeVisible();
  expect(new URL(page.frames().at(-1)?.url() ?? '').pathname).toBe('/mini-app/templates');
  await client.pressBack();
  await expect(game.getByRole('dialog')).toHaveCount(0);
  await client.expectLast('web_app_setup_back_button', { is_visible: false });
});

test('the whole screen is taken and given back', async ({ page, server }) => {
  const client = await TelegramWeb.open(page, address(server.url), THEMES.light);
  await client.game.getByRole('button', { name: 'Full screen', exact: true }).click();
  await client.game.getByRole('button', { name: 'Leave full screen' }).click();
  expect(await client.told('web_app_request_fullscreen')).toHaveLength(1);
  await expect.poll(() => client.told('web_app_exit_fullscreen')).toHaveLength(1);
});

test('a client of long ago is told only what it knows', async ({ page, server }) => {
  const old = { tgWebAppVersion: '6.0' };
  const client = await TelegramWeb.open(page, address(server.url, old), THEMES.light);
  await client.expectLast('web_app_setup_main_button', { is_visible: true });
  for (const name of [
    'web_app_setup_swipe_behavior', 'web_app_setup_back_button', 'web_app_request_safe_area',
    'web_app_set_bottom_bar_color', 'web_app_trigger_haptic_feedback',
  ]) {
    expect(await client.told(name), name).toHaveLength(0);
  }
  await expect(client.game.getByRole('button', { name: 'Full screen' })).toHaveCount(0);
});

test('nothing is drawn while the client shows something else', async ({ page, server }) => {
  const client = await TelegramWeb.open(page, address(server.url), THEMES.light);
  const body = client.game.locator('body');
  const frames = () => body.evaluate(() => window.__pixelwars?.framesDrawn() ?? 0);
  const press = () => client.game.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(frames).toBeGreaterThan(0);
  await client.send('visibility_changed', { is_visible: false });
  await expect.poll(async () => {
    const before = await frames();
    await press();
    await body.evaluate(() => new Promise((done) => { requestAnimationFrame(done); }));
    return (await frames()) - before;
  }).toBe(0);
  const before = await frames();
  await client.send('visibility_changed', { is_visible: true });
  await expect.poll(frames).toBeGreaterThan(before);
});

test('a reload keeps the client’s theme and buttons, but not the place of the link', async ({
  page, server,
}) => {
  const start = { tgWebAppStartParam: 'x120_y45_z20' };
  const client = await TelegramWeb.open(page, address(server.url, start), THEMES.dark);
  await client.expectLast('web_app_setup_main_button', { text: 'Play' });
  const body = client.game.locator('body');
  await expect.poll(() => body.evaluate(() => location.hash)).toContain('x=120');
  await client.send('reload_iframe');
  await expect.poll(() => client.told('iframe_will_reload')).toHaveLength(1);
  await expect.poll(() => client.told('web_app_ready')).toHaveLength(2);
  await expect(client.game.locator('html')).toHaveCSS('--panel', '#17212b');
});
