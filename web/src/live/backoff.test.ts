import { expect, it } from 'vitest';

import { backoffDelay, MAX_DELAY_MS, retryDelay } from './backoff';

it('the first reconnect is spread over 0.5 to 5 seconds', () => {
  expect(backoffDelay(0, 0)).toBe(500);
  expect(backoffDelay(0, 1)).toBe(5_000);
});

it('later reconnects wait longer, never over 30 seconds, and stay spread', () => {
  for (let attempt = 1; attempt < 40; attempt += 1) {
    expect(backoffDelay(attempt, 0)).toBeGreaterThan(backoffDelay(0, 0));
    expect(backoffDelay(attempt, 1)).toBeLessThanOrEqual(MAX_DELAY_MS);
    expect(backoffDelay(attempt, 1)).toBeGreaterThan(backoffDelay(attempt, 0));
  }
});

it('repeated fetches wait longer within bounds', () => {
  expect(retryDelay(0, 0)).toBe(125);
  expect(retryDelay(3, 0)).toBeGreaterThan(retryDelay(2, 0));
  expect(retryDelay(100, 1)).toBe(10_000);
});
