import { expect, it } from 'vitest';

import { parseLaunch } from './launch';

it('the launch parameters that the page needs are read', () => {
  const theme = encodeURIComponent('{"bg_color":"#17212b"}');
  expect(parseLaunch(`#tgWebAppData=x&tgWebAppVersion=9.1&tgWebAppThemeParams=${theme}`)).toEqual({
    version: '9.1', theme: { bg_color: '#17212b' }, isFullScreen: false, startParam: '',
  });
});

it('a broken theme is none', () => {
  expect(parseLaunch('#tgWebAppVersion=6.0&tgWebAppThemeParams={')?.theme).toEqual({});
  expect(parseLaunch('#tgWebAppVersion=6.0&tgWebAppThemeParams=3')?.theme).toEqual({});
});

it.each(['', '#x=1&y=2', '#tgWebAppVersion=', '#tgWebAppVersion=nine'])('%j is none', (hash) => {
  expect(parseLaunch(hash)).toBeNull();
});
