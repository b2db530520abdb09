import { AxeBuilder } from '@axe-core/playwright';

import type { Player } from './support/player';
import { expect, test } from './support/fixtures';

async function violations(player: Player): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: player.page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the ${colorScheme} page keeps WCAG AA as a guest, in the dialog and in the game`, async ({
    server, player,
  }) => {
    await player.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await player.open(server.url);
    expect(await violations(player)).toEqual([]);
    await player.button('Play').click();
    await expect(player.page.getByRole('dialog')).toBeVisible();
    expect(await violations(player)).toEqual([]);
    await player.page.keyboard.press('Escape');
    await player.play('ada');
    await player.choose(3);
    expect(await violations(player)).toEqual([]);
  });
}
