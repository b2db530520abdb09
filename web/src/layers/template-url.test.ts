import { expect, it } from 'vitest';

import { MAX_TEMPLATES, type Template } from './template';
import { hashOfTemplate, templatesFromAddress, withoutTemplate } from './template-url';

const PXLS =
  '#x=500&y=500&scale=8&template=https%3A%2F%2Fi.example%2Fa.png%3Fv%3D1&ox=-3&oy=40&tw=120' +
  '&title=My%20flag&oo=0.5';

it('a template of Pxls is read verbatim', () => {
  const template = {
    url: 'https://i.example/a.png?v=1', x: -3, y: 40, width: 120, title: 'My flag', opacity: 0.5,
  };
  expect(templatesFromAddress({ hash: PXLS, search: '' })).toEqual([template]);
  expect(templatesFromAddress({ hash: '', search: PXLS.replace('#', '?') })).toEqual([template]);
});

it('several templates are told by repeating the words', () => {
  const hash = '#template=https://a.example/1.png&ox=1&template=https://a.example/2.png&ox=2&tw=-1';
  expect(templatesFromAddress({ hash, search: '' })).toMatchObject([
    { url: 'https://a.example/1.png', x: 1, y: 0, width: null },
    { url: 'https://a.example/2.png', x: 2, title: '' },
  ]);
});

it('numbers out of their bounds are as if they were not there', () => {
  const hash = '#template=https://a.example/1.png&ox=99999999&oy=4.5&tw=0&oo=7';
  expect(templatesFromAddress({ hash, search: '' })).toMatchObject([
    { x: 0, y: 0, width: null, opacity: 0.6 },
  ]);
});

it.each(['', '#x=1&y=2', '#template=', '#template=javascript:alert(1)', '#template=flag.png'])(
  '%j names no template',
  (hash) => {
    expect(templatesFromAddress({ hash, search: '' })).toEqual([]);
  },
);

it('a template with an address is written so that it is read back', () => {
  const template: Template = {
    id: '1', x: -3, y: 40, width: 120, height: 2, cells: new Uint8Array(240), opacity: 1,
    style: 'full', title: 'A & B', url: 'https://i.example/a.png?v=1', isShown: true,
  };
  const hash = `#${hashOfTemplate(template) ?? ''}`;
  expect(templatesFromAddress({ hash, search: '' })).toMatchObject([
    { url: template.url, x: -3, y: 40, width: 120, title: 'A & B' },
  ]);
  expect(hashOfTemplate({ ...template, url: null })).toBeNull();
});

it('an address names no more templates than there may be', () => {
  const words = Array.from({ length: 40 }, (_, at) => `template=https://a.example/${at}`);
  const hash = `#${words.join('&')}`;
  expect(templatesFromAddress({ hash, search: '' })).toHaveLength(MAX_TEMPLATES);
});

it('a template is taken out of an address, and the rest stays', () => {
  const url = 'https://i.example/a.png?v=1';
  expect(withoutTemplate(PXLS, url)).toBe('#x=500&y=500&scale=8');
  expect(withoutTemplate(PXLS, 'https://i.example/b.png')).toBe(PXLS);
  expect(withoutTemplate(`#template=${encodeURIComponent(url)}&ox=1`, url)).toBe('');
  expect(withoutTemplate('', url)).toBe('');
});

it('one of several templates is taken out with its own words', () => {
  const hash = '#x=1&template=https://a.example/1&ox=1&oy=1&template=https://a.example/2&ox=2&oy=2';
  expect(withoutTemplate(hash, 'https://a.example/1'))
    .toBe('#x=1&template=https://a.example/2&ox=2&oy=2');
  expect(withoutTemplate(hash, 'https://a.example/2'))
    .toBe('#x=1&template=https://a.example/1&ox=1&oy=1');
});
