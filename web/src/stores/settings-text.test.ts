import { expect, it } from 'vitest';

import { DEFAULT_SETTINGS, readSettings } from './settings-text';

it('settings come back as they were kept', () => {
  const chosen = { ...DEFAULT_SETTINGS, theme: 'dark', hasSound: false } as const;
  expect(readSettings(JSON.stringify(chosen))).toEqual(chosen);
});

it.each([null, '', '{', 'null', '3', '[1]', '{"theme":"pink","hasSound":"yes","other":1}'])(
  '%j is read as the settings of a new reader',
  (text) => {
    expect(readSettings(text)).toEqual(DEFAULT_SETTINGS);
  },
);
