/// <reference types="vite/client" />
/// <reference types="vite-plugin-pwa/vanillajs" />

interface ImportMetaEnv {
  /** The page's version, of its `package.json`. */
  readonly APP_VERSION: string;
}
