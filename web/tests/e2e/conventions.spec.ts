import { expect, test } from './support/fixtures';

const CLOSE = '#x=500&y=500&scale=16';
const CELL = { x: 500, y: 492 };

test('a game by keyboard alone: from the first Tab to a cell placed and taken back', async ({
  server, player,
}) => {
  await player.open(server.url, CLOSE);
  const { keyboard } = player.page;
  const focused = () => player.page.evaluate(() => document.activeElement?.textContent.trim());
  for (let presses = 0; presses < 40 && (await focused()) !== 'Play'; presses += 1) {
    await keyboard.press('Tab');
  }
  await keyboard.press('Enter');
  await expect(player.page.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await keyboard.type('ada');
  await keyboard.press('Enter');
  await player.expectStatus('playing');
  await player.expectConnection('live');
  const cell = { x: 501, y: 500 };
  await keyboard.press('ArrowRight');
  await keyboard.press('ArrowRight');
  const before = await player.trueColor(cell);
  await keyboard.press('3');
  await keyboard.press('k');
  await keyboard.press('Space');
  await player.expectCell(cell, 3);
  await keyboard.press('Control+z');
  await player.expectCell(cell, before ?? 0);
});

test('the palette is one stop for Tab, and arrows walk in it', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  await player.play('ada');
  const colors = player.page.getByRole('group', { name: 'Colours' }).getByRole('button');
  await expect(player.page.locator('.color[tabindex="0"]')).toHaveCount(1);
  await colors.nth(0).focus();
  await player.page.keyboard.press('ArrowRight');
  await expect(colors.nth(2)).toBeFocused();
  await player.page.keyboard.press('ArrowDown');
  await expect(colors.nth(3)).toBeFocused();
  await player.page.keyboard.press('End');
  await expect(colors.last()).toBeFocused();
  await player.page.keyboard.press('Enter');
  await expect(colors.last()).toHaveAttribute('aria-pressed', 'true');
  await expect(colors.last()).toHaveAccessibleName('Colour 32, white');
});

test('the question mark lists the keys', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  await player.page.keyboard.press('Shift+Slash');
  const sheet = player.page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet).toContainText('Copy a link to this place');
  await player.page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
});

for (const [name, address] of [
  ['Pxls in the query', '/?x=123&y=456&scale=20'],
  ['pixelplanet', '/#d,123,456,43.2193'],
  ['rplace.live', '/?x=123&y=456&z=0.4'],
] as const) {
  test(`a link as ${name} writes it leads to its place`, async ({ server, player }) => {
    await player.page.addInitScript(() => { window.__pixelwarsTest = true; });
    await player.page.goto(server.url + address);
    await expect(player.page).toHaveURL(/\/#x=123&y=456&scale=20$/);
  });
}

test('the cell’s card tells who placed it, and leads back to how it was', async ({
  server, player,
}) => {
  await player.open(server.url, CLOSE);
  await player.play('ada');
  const background = await player.trueColor(CELL);
  await player.choose(2);
  await player.point(CELL);
  await player.expectCell(CELL, 2);
  const first = await player.version();
  await player.choose(5);
  await player.point(CELL);
  await player.expectCell(CELL, 5);

  const at = await player.positionOf(CELL);
  await player.page.keyboard.down('Shift');
  await player.page.mouse.click(at.x, at.y);
  await player.page.keyboard.up('Shift');
  const card = player.page.getByTestId('cell-card');
  await expect(card).toContainText('500, 492');
  await expect(card).toContainText('ada');
  await expect(card.getByRole('listitem')).toHaveCount(2);
  expect(await player.trueColor(CELL)).toBe(5);

  await card.getByRole('button', { name: `Look at the canvas at version ${first}` }).click();
  const past = player.page.getByTestId('past');
  await expect(past).toContainText(`The canvas at version ${first}`);
  // Looking at what is shown already is nothing new.
  await card.getByRole('button', { name: `Look at the canvas at version ${first}` }).click();
  await expect(past).toContainText(`The canvas at version ${first}`);
  await expect(player.page).toHaveURL(new RegExp(`&v=${first}$`));
  await player.page.keyboard.press('Escape');
  await past.getByRole('button', { name: 'Back to now' }).click();
  await expect(past).toBeHidden();
  await expect(player.page).not.toHaveURL(/&v=/);
  expect(background).not.toBe(2);
});

test('a link to a version that is yet to come says so', async ({ server, player }) => {
  await player.open(server.url, '#x=500&y=500&scale=16&v=999999');
  await expect(player.page.getByTestId('past')).toContainText('has not happened yet');
});

test('C copies a link to the place, or shows it where that is forbidden', async ({
  server, player,
}) => {
  await player.open(server.url, CLOSE);
  await player.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await player.page.keyboard.press('c');
  await expect(player.page.getByTestId('message')).toContainText('Link copied');
  const copied = await player.page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`${server.url}/${CLOSE}`);

  await player.page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
  });
  await player.page.keyboard.press('c');
  await expect(player.page.getByTestId('link')).toHaveValue(`${server.url}/${CLOSE}`);
});

test('a press on the minimap goes there, and N hides it', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  const map = player.page.getByTestId('minimap');
  await expect(map).toBeVisible();
  await map.click({ position: { x: 20, y: 20 } });
  await expect(player.page).toHaveURL(/#x=(9\d|1[01]\d)&y=(9\d|1[01]\d)&/);
  await player.page.keyboard.press('n');
  await expect(map).toBeHidden();
});

test('U turns the canvas upright again', async ({ server, player }) => {
  await player.open(server.url, `${CLOSE}&angle=45`);
  await expect(player.page.getByTestId('compass')).toBeVisible();
  await player.page.keyboard.press('u');
  await expect(player.page.getByTestId('compass')).toBeHidden();
  await expect(player.page).toHaveURL(/scale=16(\.\d+)?$/);
});

test('the whole canvas is saved as a picture', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  await player.button('Share and save').click();
  const download = player.page.waitForEvent('download');
  await player.button('Save the whole canvas').click();
  expect((await download).suggestedFilename()).toMatch(/^main-canvas-v\d+\.png$/);
});
