// @vitest-environment happy-dom
import { expect, it, vi } from 'vitest';

import { ApiError } from './http';
import { LoginSession } from './login-session';
import type { SignInAnswer } from './types';

function setUp() {
  let tokens = 0;
  const send = vi.fn((name: string): Promise<SignInAnswer> => {
    tokens += 1;
    const player = { id: `id-${name}`, name };
    return Promise.resolve({ access_token: `token-${tokens}`, expires_in: 900, player });
  });
  localStorage.clear();
  return { send, session: new LoginSession(send, localStorage) };
}

const expired = new ApiError(401, 'unauthorized', '', null);

it('the name outlives the page, the token does not', async () => {
  const { session, send } = setUp();
  await session.signIn('ada');
  expect(localStorage.length).toBe(1);
  expect(localStorage.getItem(localStorage.key(0) ?? '')).toBe('ada');
  const next = new LoginSession(send, localStorage);
  expect([next.rememberedName, next.player]).toEqual(['ada', null]);
  await expect(next.authorized(() => Promise.resolve(1))).rejects.toThrow(ApiError);
});

it('an ended token is replaced and the request sent once more', async () => {
  const { session, send } = setUp();
  await session.signIn('ada');
  const run = vi.fn((token: string) =>
    token === 'token-1' ? Promise.reject(expired) : Promise.resolve(token),
  );
  expect(await session.authorized(run)).toBe('token-2');
  expect(send.mock.calls).toEqual([['ada'], ['ada']]);
});

it('a request refused twice is not sent a third time', async () => {
  const { session } = setUp();
  await session.signIn('ada');
  const run = vi.fn(() => Promise.reject(expired));
  await expect(session.authorized(run)).rejects.toBe(expired);
  expect(run).toHaveBeenCalledTimes(2);
});

it('requests that fail together sign in once', async () => {
  const { session, send } = setUp();
  await session.signIn('ada');
  const run = (token: string) =>
    token === 'token-1' ? Promise.reject(expired) : Promise.resolve(token);
  expect(await Promise.all([session.authorized(run), session.authorized(run)])).toEqual([
    'token-2', 'token-2',
  ]);
  expect(send).toHaveBeenCalledTimes(2);
});

it('other errors pass through', async () => {
  const { session, send } = setUp();
  await session.signIn('ada');
  const banned = new ApiError(403, 'banned', '', null);
  await expect(session.authorized(() => Promise.reject(banned))).rejects.toBe(banned);
  expect(send).toHaveBeenCalledTimes(1);
});
