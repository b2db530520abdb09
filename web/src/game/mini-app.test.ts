import { expect, it } from 'vitest';

import { rawInitData } from './mini-app';

it('the init data is taken out of the hash exactly as the client signed it', () => {
  const signed =
    'user=%7B%22id%22%3A1%2C%22first_name%22%3A%22A%2BB%22%2C%22photo_url%22%3A%22https%3A' +
    '%5C%2F%5C%2Ft.me%22%7D&chat_instance=-1&signature=a_b-C&auth_date=1&hash=00ff';
  const hash = `#tgWebAppData=${encodeURIComponent(signed)}&tgWebAppVersion=9.1`;
  expect(rawInitData(hash)).toBe(signed);
});

it.each(['', '#', '#x=1&y=2', '#tgWebAppData=', '#tgWebAppVersion=9.1'])(
  '%j is not of Telegram',
  (hash) => {
    expect(rawInitData(hash)).toBeNull();
  },
);
