import { gzipSync } from 'node:zlib';

import { expect, test } from './support/fixtures';

/** What the first screen's scripts may weigh together, gzip. */
const SCRIPT_BUDGET_BYTES = 120_000;

test('the first screen asks for few scripts and asks nothing twice', async ({ player, server }) => {
  const scripts: Promise<Buffer>[] = [];
  const asked: string[] = [];
  player.page.on('request', (request) => { asked.push(new URL(request.url()).pathname); });
  player.page.on('response', (response) => {
    if (response.request().resourceType() === 'script') {
      scripts.push(response.body());
    }
  });
  await player.open(server.url);
  await player.page.waitForLoadState('networkidle');

  const sizes = (await Promise.all(scripts)).map((body) => gzipSync(body, { level: 9 }).length);
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  console.log(`scripts of the first screen: ${total} bytes gzip in ${sizes.length} files`);
  expect(sizes.length).toBeGreaterThan(0);
  expect(total).toBeLessThanOrEqual(SCRIPT_BUDGET_BYTES);
  // The list of canvases is preloaded and brings the rules along.
  expect(asked.filter((path) => path === '/api/v1/canvases')).toHaveLength(1);
  expect(asked.filter((path) => path === '/api/v1/canvases/main')).toHaveLength(0);
});
