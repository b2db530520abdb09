import { defineConfig } from 'eslint/config';
import vue from 'eslint-plugin-vue';
import accessibility from 'eslint-plugin-vuejs-accessibility';
import tseslint from 'typescript-eslint';

export default defineConfig(
  // `npm run api:types` writes the schema.
  { ignores: ['dist', 'test-results', 'playwright-report', 'src/api/schema.d.ts'] },
  ...tseslint.configs.strictTypeChecked,
  ...vue.configs['flat/recommended'],
  ...accessibility.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'max-len': ['error', { code: 100, ignoreUrls: true }],
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      // Formatting of templates is left to the author; these are the noisy ones.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
    },
  },
  {
    // The checker of types cannot see into .vue files here; vue-tsc, run by the same script, can.
    files: [
      'src/main.ts', 'src/App.vue', 'src/pages/CanvasPage.vue',
      'src/pages/HistoryPage.vue', 'src/pages/ModerationPage.vue',
      'src/components/app/MainMenu.vue', 'src/components/canvas/CellCard.vue',
      'src/components/player/PlayDock.vue',
    ],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    // A suite's function is as long as its tests; a composable's is a scope of short functions.
    files: ['**/*.test.ts', '**/*.spec.ts', 'src/composables/use*.ts', 'src/stores/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    // The canvas and the feed are kept free of the framework, so that they can move to a worker.
    files: [
      'src/canvas/**', 'src/live/**', 'src/placements/**', 'src/api/**', 'src/game/**',
      'src/layers/**', 'src/telegram/**',
    ],
    rules: {
      'no-restricted-imports': ['error', { paths: ['vue'], patterns: ['*.vue'] }],
    },
  },
);
