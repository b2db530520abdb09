// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiError, NetworkError } from './http';
import type { LoginDevice } from './login-device';
import { LOGGED_OUT_ELSEWHERE, LoginSession } from './login-session';
import type { SignInAnswer } from './types';

/** One browser's storage and lock, shared by the devices of its tabs. */
class SharedBrowser {
  mark: string | null = null;
  marks = 0;
  locked: Promise<unknown> = Promise.resolve();
  readonly listeners = new Map<object, (mark: string | null) => void>();

  tab(refreshToken: string | null = null): LoginDevice {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the device has its own `this`
    const shared = this;
    const tab: LoginDevice = {
      rememberedName: '',
      refreshToken,
      get mark() { return shared.mark; },
      setMark: () => {
        this.marks += 1;
        return this.change(tab, `mark-${this.marks}`) ?? '';
      },
      clearMark: (mark) => {
        if (mark === this.mark) {
          this.change(tab, null);
        }
      },
      onMark: (changed) => { this.listeners.set(tab, changed); },
      exclusive: <T>(run: () => Promise<T>): Promise<T> => {
        const turn = this.locked.then(run);
        this.locked = turn.catch(() => undefined);
        return turn;
      },
    };
    return tab;
  }

  /** As with storage events, the tab that made the change hears nothing of it. */
  private change(by: object, mark: string | null): string | null {
    this.mark = mark;
    this.listeners.forEach((changed, tab) => {
      if (tab !== by) {
        changed(mark);
      }
    });
    return mark;
  }
}

let sessions = 0;

function answer(more: Partial<SignInAnswer> = {}): SignInAnswer {
  sessions += 1;
  return {
    access_token: `token-${sessions}`,
    expires_in: 900,
    player: { id: 'a1', name: 'ada' },
    session: sessions,
    ...more,
  };
}

function setUp(device: LoginDevice = new SharedBrowser().tab()) {
  const requests = {
    refresh: vi.fn((): Promise<SignInAnswer> => Promise.resolve(answer())),
    logOut: vi.fn((): Promise<void> => Promise.resolve()),
    logOutEverywhere: vi.fn((): Promise<void> => Promise.resolve()),
  };
  const players: (string | null)[] = [];
  const ends: string[] = [];
  const session = new LoginSession(requests, device, {
    changed: (player) => { players.push(player?.name ?? null); },
    ended: (code) => { ends.push(code); },
  });
  return { device, requests, players, ends, session };
}

const refused = (code: string, status = 401) => new ApiError(status, code, '', null);

/** A request that the server takes only with the wanted token. */
const taking = (wanted: string, code = 'token_expired') =>
  vi.fn((token: string) =>
    token === wanted ? Promise.resolve(token) : Promise.reject(refused(code)),
  );

beforeEach(() => {
  sessions = 0;
  vi.useFakeTimers();
});
afterEach(() => { vi.useRealTimers(); });

describe('a page load', () => {
  it('has nothing to ask for as a guest', () => {
    const { session } = setUp();
    expect([session.isRemembered, session.player]).toEqual([false, null]);
  });

  it('keeps the player, by the cookie, without a token in any storage', async () => {
    const browser = new SharedBrowser();
    const first = setUp(browser.tab());
    first.session.signedIn(answer());
    expect(browser.mark).toBe('mark-1');
    const next = setUp(browser.tab());
    expect([next.session.isRemembered, next.session.player]).toEqual([true, null]);
    await next.session.refresh();
    expect(next.session.player?.name).toBe('ada');
    expect(next.requests.refresh).toHaveBeenCalledWith(null);
    expect([browser.mark, first.ends]).toEqual(['mark-1', []]);
  });

  it('says nothing when the cookie is gone, and does not ask again', async () => {
    const browser = new SharedBrowser();
    browser.mark = 'mark-0';
    const { session, requests, ends } = setUp(browser.tab());
    requests.refresh.mockRejectedValue(refused('refresh_token_missing'));
    await expect(session.refresh()).rejects.toThrow(ApiError);
    expect([browser.mark, session.isRemembered, ends]).toEqual([null, false, []]);
  });

  it('tells once that the login session is over', async () => {
    const browser = new SharedBrowser();
    browser.mark = 'mark-0';
    const { session, requests, ends } = setUp(browser.tab());
    requests.refresh.mockRejectedValue(refused('refresh_token_reused'));
    await expect(session.refresh()).rejects.toThrow(ApiError);
    expect(ends).toEqual(['refresh_token_reused']);
  });

  it('sends a refresh again when its answer was lost', async () => {
    const { session, requests } = setUp();
    requests.refresh.mockRejectedValueOnce(new NetworkError('lost'));
    const refreshed = session.refresh();
    await vi.advanceTimersByTimeAsync(1_000);
    await refreshed;
    expect(requests.refresh).toHaveBeenCalledTimes(2);
    expect(session.player?.name).toBe('ada');
  });

  it('stays remembered when the server is away', async () => {
    const browser = new SharedBrowser();
    browser.mark = 'mark-0';
    const { session, requests, ends } = setUp(browser.tab());
    requests.refresh.mockRejectedValue(new NetworkError('away'));
    const refreshed = expect(session.refresh()).rejects.toThrow(NetworkError);
    await vi.advanceTimersByTimeAsync(10_000);
    await refreshed;
    expect(requests.refresh).toHaveBeenCalledTimes(3);
    expect([session.isRemembered, ends]).toEqual([true, []]);
  });
});

describe('a token', () => {
  it('is replaced a minute before it ends', async () => {
    const { session, requests } = setUp();
    session.signedIn(answer());
    await vi.advanceTimersByTimeAsync(839_000);
    expect(requests.refresh).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(requests.refresh).toHaveBeenCalledTimes(1);
  });

  it('that ended while the page slept is replaced before it is used', async () => {
    const { session } = setUp();
    session.signedIn(answer({ expires_in: 900 }));
    vi.setSystemTime(Date.now() + 900_000);
    const run = taking('token-2');
    expect(await session.authorized(run)).toBe('token-2');
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('that the server finds expired is replaced and the request sent once more', async () => {
    const { session, requests } = setUp();
    session.signedIn(answer());
    expect(await session.authorized(taking('token-2'))).toBe('token-2');
    expect(requests.refresh).toHaveBeenCalledTimes(1);
  });

  it('refused twice is not tried a third time', async () => {
    const { session } = setUp();
    session.signedIn(answer());
    const run = taking('none');
    await expect(session.authorized(run)).rejects.toMatchObject({ code: 'token_expired' });
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('is refreshed once for all requests that fail together', async () => {
    const { session, requests } = setUp();
    session.signedIn(answer());
    const run = taking('token-2');
    expect(await Promise.all([session.authorized(run), session.authorized(run)])).toEqual([
      'token-2', 'token-2',
    ]);
    expect(requests.refresh).toHaveBeenCalledTimes(1);
  });

  it('overtaken by this page’s own newer one is replaced by that', async () => {
    const { session, requests } = setUp();
    session.signedIn(answer());
    const sent = session.authorized(async (token) => {
      if (token === 'token-1') {
        await session.refresh();
        throw refused('session_superseded', 409);
      }
      return token;
    });
    expect(await sent).toBe('token-2');
    expect(requests.refresh).toHaveBeenCalledTimes(1);
  });

  it('overtaken by another tab’s session is not fought for', async () => {
    const { session, requests } = setUp();
    session.signedIn(answer());
    const run = taking('none', 'session_superseded');
    await expect(session.authorized(run)).rejects.toMatchObject({ code: 'session_superseded' });
    expect([run.mock.calls.length, requests.refresh.mock.calls.length]).toEqual([1, 0]);
  });

  it('that was revoked ends the login session without another request', async () => {
    const { session, requests, players, ends } = setUp();
    session.signedIn(answer());
    const run = taking('none', 'session_revoked');
    await expect(session.authorized(run)).rejects.toMatchObject({ code: 'session_revoked' });
    expect(requests.refresh).not.toHaveBeenCalled();
    expect([players, ends]).toEqual([['ada', null], ['session_revoked']]);
  });

  it('is not asked for by who is not signed in', async () => {
    const { session } = setUp();
    const run = taking('none');
    await expect(session.authorized(run)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(run).not.toHaveBeenCalled();
  });
});

describe('the tabs of a browser', () => {
  it('refresh one after the other', async () => {
    const browser = new SharedBrowser();
    const tabs = [setUp(browser.tab()), setUp(browser.tab())];
    let running = 0;
    let most = 0;
    for (const { requests } of tabs) {
      requests.refresh.mockImplementation(async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        return answer();
      });
    }
    await Promise.all(tabs.map(({ session }) => session.refresh()));
    expect([most, sessions]).toEqual([1, 2]);
  });

  it('log out together, and each says so without an alarm', async () => {
    const browser = new SharedBrowser();
    const [one, two] = [setUp(browser.tab()), setUp(browser.tab())];
    one.session.signedIn(answer());
    await two.session.refresh();
    await one.session.logOut();
    expect([one.players.at(-1), two.players.at(-1)]).toEqual([null, null]);
    expect([one.ends, two.ends]).toEqual([[], [LOGGED_OUT_ELSEWHERE]]);
    expect(browser.mark).toBeNull();
  });

  it('become the player who signed in last', async () => {
    const browser = new SharedBrowser();
    const [one, two] = [setUp(browser.tab()), setUp(browser.tab())];
    one.session.signedIn(answer());
    await vi.advanceTimersByTimeAsync(0);
    const bob = { player: { id: 'b2', name: 'bob' } };
    one.requests.refresh.mockImplementation(() => Promise.resolve(answer(bob)));
    two.session.signedIn(answer(bob));
    await vi.advanceTimersByTimeAsync(0);
    expect(one.players).toEqual(['ada', 'bob']);
    expect(browser.mark).toBe('mark-2');
  });
});

describe('logging out', () => {
  it('is done when the server knows the login session no more', async () => {
    const { session, requests, players } = setUp();
    session.signedIn(answer());
    requests.logOut.mockRejectedValue(refused('refresh_token_invalid'));
    await session.logOut();
    expect(players).toEqual(['ada', null]);
  });

  it('is not done when no answer came', async () => {
    const { session, requests } = setUp();
    session.signedIn(answer());
    requests.logOut.mockRejectedValue(new NetworkError('away'));
    await expect(session.logOut()).rejects.toThrow(NetworkError);
    expect(session.player?.name).toBe('ada');
  });

  it('everywhere goes out with the access token', async () => {
    const { session, requests, ends } = setUp();
    session.signedIn(answer());
    await session.logOutEverywhere();
    expect(requests.logOutEverywhere).toHaveBeenCalledWith('token-1');
    expect([session.player, ends]).toEqual([null, []]);
  });
});

describe('in the Mini App', () => {
  it('the refresh token is kept for a reload and exchanged each time', async () => {
    const browser = new SharedBrowser();
    const device = browser.tab();
    const { session, requests } = setUp(device);
    session.signedIn(answer({ refresh_token: 'first' }));
    expect([device.refreshToken, browser.mark]).toEqual(['first', null]);
    requests.refresh.mockResolvedValueOnce(answer({ refresh_token: 'second' }));
    await session.refresh();
    expect(requests.refresh).toHaveBeenCalledWith('first');
    expect(device.refreshToken).toBe('second');
    await session.logOut();
    expect(requests.logOut).toHaveBeenCalledWith('second');
    expect(device.refreshToken).toBeNull();
  });
});
