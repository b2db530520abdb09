import { expect, test } from './support/fixtures';

const CLOSE = '#x=500&y=500&scale=16';
const CELL = { x: 500, y: 492 };

test.describe('with two seats', () => {
  test.use({ settings: { PIXELWARS_CANVAS__REGAIN_MS: '0', PIXELWARS_MAX_PLAYERS: '2' } });

  test('the third waits, sees the canvas live, and plays when a seat is free', async ({
    server, player, other, third,
  }) => {
    await player.open(server.url, CLOSE);
    await other.open(server.url, CLOSE);
    await third.open(server.url, CLOSE);
    await player.play('ada');
    await other.play('bob');
    await third.signIn('cyd');
    await third.expectStatus('queued');
    const queue = third.page.getByTestId('queue');
    await expect(queue).toContainText('Number 1 in the queue');
    await expect(third.page).toHaveTitle(/^\(1\)/);
    await player.choose(2);
    await player.point(CELL);
    await third.expectCell(CELL, 2);

    await (await other.openAccount()).getByRole('button', { name: 'Stop playing' }).click();
    await other.expectStatus('afk');
    await third.expectStatus('playing');
    await expect(third.page.getByTestId('message')).toContainText('your turn');
    await third.choose(3);
    await third.point(CELL);
    await player.expectCell(CELL, 3);
  });

  test('those behind move up when somebody leaves the queue', async ({
    server, player, other, third, tab,
  }) => {
    await player.open(server.url);
    await player.play('ada');
    await other.open(server.url);
    await other.play('bob');
    await third.open(server.url);
    await third.signIn('cyd');
    await third.expectStatus('queued');
    // The same browser as the first, but another person after logging out.
    const sheet = await player.openAccount();
    await sheet.getByRole('button', { name: 'Log out', exact: true }).click();
    await third.expectStatus('playing');
    await tab.open(server.url);
    await tab.signIn('dan');
    await tab.expectStatus('queued');
    await expect(tab.page.getByTestId('queue')).toContainText('Number 1 in');
    await tab.button('Leave the queue').click();
    await tab.expectStatus('afk');
    await expect(tab.button('Play')).toBeVisible();
  });

  test('a reload keeps the place in the queue', async ({ server, player, other, third }) => {
    await player.open(server.url);
    await player.play('ada');
    await other.open(server.url);
    await other.play('bob');
    await third.open(server.url);
    await third.signIn('cyd');
    await third.expectStatus('queued');
    await third.page.reload();
    await third.expectStatus('queued');
    await expect(third.page.getByTestId('queue')).toContainText('Number 1 in');
  });
});

test.describe('one person twice', () => {
  test('a second tab asks before it takes over, and the first does not fight back', async ({
    server, player, tab,
  }) => {
    await player.open(server.url, CLOSE);
    await player.play('ada');
    await tab.open(server.url, CLOSE);
    await expect(tab.pause('elsewhere')).toBeVisible();
    await player.expectStatus('playing');

    await tab.button('Play here').click();
    await tab.expectStatus('playing');
    await expect(player.pause('taken-over')).toContainText('another tab or device');
    await player.expectStatus('afk');
    await tab.choose(2);
    await tab.point(CELL);
    await tab.expectCell(CELL, 2);
    // The first only watches now: it is shown what the second does, and asks for no seat.
    await player.expectCell(CELL, 2);
    await player.expectConnection('watching');
    await tab.expectStatus('playing');

    await player.button('Play here').click();
    await player.expectStatus('playing');
    await expect(tab.pause('taken-over')).toBeVisible();
  });

  test.describe('on two devices', () => {
    test.use({ hasProviders: true });

    test('the one that plays last has the game', async ({ server, player, other }) => {
      await player.open(server.url, CLOSE);
      await player.signInWith('Google', 'grace');
      await player.expectStatus('playing');
      await other.open(server.url, CLOSE);
      await other.signInWith('Google', 'grace');
      await other.expectStatus('playing');
      await expect(player.pause('taken-over')).toBeVisible();
      await other.choose(2);
      await other.point(CELL);
      await player.expectCell(CELL, 2);
      await player.expectConnection('watching');
      await other.expectStatus('playing');
    });

    test('one that comes back from a dead network leaves the game to the other', async ({
      server, player, other,
    }) => {
      await player.open(server.url, CLOSE);
      await player.signInWith('Google', 'grace');
      await player.expectStatus('playing');
      await player.page.context().setOffline(true);
      await player.expectConnection('offline');
      await other.open(server.url, CLOSE);
      await other.signInWith('Google', 'grace');
      await other.expectStatus('playing');
      await player.page.context().setOffline(false);
      await expect(player.pause('taken-over')).toBeVisible();
      await other.expectStatus('playing');
    });
  });
});

test.describe('a seat that ends soon', () => {
  test.use({
    settings: { PIXELWARS_CANVAS__REGAIN_MS: '0', PIXELWARS_PLAYERS__AFK_AFTER_MS: '4000' },
  });

  test('is counted down, ends, and is taken again by a button', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    await player.play('ada');
    await expect(player.page.getByTestId('seat-countdown')).toContainText(/0:0[12]/);
    await expect(player.pause('afk')).toContainText('Your seat was given up');
    await player.expectConnection('watching');
    await player.button('Play again').click();
    await player.expectStatus('playing');
    await player.choose(2);
    await player.point(CELL);
    await player.expectCell(CELL, 2);
  });

  test('is over after a network that was dead for longer, without an alarm', async ({
    server, player,
  }) => {
    await player.open(server.url, CLOSE);
    await player.play('ada');
    await player.page.context().setOffline(true);
    await player.expectConnection('offline');
    await expect(player.pause('afk')).toBeVisible();
    await player.page.context().setOffline(false);
    await player.expectConnection('watching');
    await player.button('Play again').click();
    await player.expectStatus('playing');
  });
});

test.describe('a seat with time to act', () => {
  test.use({
    settings: { PIXELWARS_CANVAS__REGAIN_MS: '0', PIXELWARS_PLAYERS__AFK_AFTER_MS: '12000' },
  });

  test('a placement keeps the seat', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    await player.play('ada');
    await player.choose(2);
    const countdown = player.page.getByTestId('seat-countdown');
    await expect(countdown).toHaveAttribute('data-urgent', 'true');
    await player.point(CELL);
    await player.expectCell(CELL, 2);
    await expect(countdown).toHaveAttribute('data-urgent', 'false');
    await player.expectStatus('playing');
  });
});

test('a network that is dead for less than a seat lasts costs nothing', async ({
  server, player,
}) => {
  await player.open(server.url, CLOSE);
  await player.play('ada');
  const id = await player.id();
  await player.page.context().setOffline(true);
  await player.expectConnection('offline');
  await player.page.context().setOffline(false);
  await player.expectConnection('live');
  await player.expectStatus('playing');
  expect(await player.id()).toBe(id);
  await player.choose(2);
  await player.point(CELL);
  await player.expectCell(CELL, 2);
});
