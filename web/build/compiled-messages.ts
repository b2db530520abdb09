/** Compiles the page's texts when it is built, so that their compiler stays at home. */

import { baseCompile } from '@intlify/message-compiler';
import type { Plugin } from 'vite';

type Texts = { readonly [name: string]: string | Texts };

/** Whether a text has parts to fill in or forms to choose from, or quotes a sign of either. */
const NEEDS_COMPILING = /[{}|@]/;

/**
 * A Vite plug-in for the JSON files of `src/locales` and its folders. The form of compiled texts
 * is that of vue-i18n's own message compiler; plain texts stay as they are. Tests and `npm run dev`
 * compile in the browser.
 */
export function compiledMessages(): Plugin {
  return {
    name: 'compiled-messages',
    apply: 'build',
    enforce: 'pre',
    transform: {
      filter: { id: /\/src\/locales\/(?:\w+\/)?[^/]+\.json$/ },
      handler: (json) => JSON.stringify(compiled(JSON.parse(json) as Texts)),
    },
    config: () => ({ define: { __INTLIFY_DROP_MESSAGE_COMPILER__: 'true' } }),
  };
}

function compiled(texts: Texts): object {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      typeof text === 'string' ? compiledText(text) : compiled(text),
    ]),
  );
}

function compiledText(text: string): unknown {
  return NEEDS_COMPILING.test(text)
    ? baseCompile(text, { jit: true, location: false, minify: true, onError: fail }).ast
    : text;
}

function fail(error: Error): never {
  throw error;
}
