// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';

import { keepView, readRedirect, returnFromProvider, returnPath } from './redirect';

const address = (): string => location.pathname + location.search + location.hash;

beforeEach(() => {
  sessionStorage.clear();
  history.replaceState(null, '', '/');
});

it.each([
  ['', null],
  ['?a=1', null],
  ['?sign_in=google', { kind: 'signed-in' }],
  [
    '?sign_in=google&sign_in_error=email_not_verified',
    { kind: 'failed', provider: 'google', code: 'email_not_verified' },
  ],
  ['?linked=telegram', { kind: 'linked', provider: 'telegram' }],
  [
    '?linked=telegram&sign_in_error=identity_taken',
    { kind: 'failed', provider: 'telegram', code: 'identity_taken' },
  ],
])('the query %j is read', (search, outcome) => {
  expect(readRedirect(search)).toEqual(outcome);
});

describe('the way to a provider and back', () => {
  it('ends where it began, with nothing of it left in the address', () => {
    history.replaceState(null, '', '/here?a=1#x=3&y=4&scale=8');
    keepView();
    expect(returnPath()).toBe('/here?a=1');
    history.replaceState(null, '', '/here?a=1&sign_in=google');
    expect(returnFromProvider()).toEqual({ kind: 'signed-in' });
    expect(address()).toBe('/here?a=1#x=3&y=4&scale=8');
  });

  it.each(['/a//b', `/?a=${'b'.repeat(600)}`])('does not begin at %s', (here) => {
    history.replaceState(null, '', here);
    expect(returnPath()).toBe('/');
  });

  it('is told once', () => {
    history.replaceState(null, '', '/?linked=google');
    expect(returnFromProvider()).toEqual({ kind: 'linked', provider: 'google' });
    expect(returnFromProvider()).toBeNull();
  });

  it('an address of another visit is left alone', () => {
    history.replaceState(null, '', '/?a=%2B#x=1&y=2');
    expect(returnFromProvider()).toBeNull();
    expect(address()).toBe('/?a=%2B#x=1&y=2');
  });
});
