// Only what Biome cannot see: rules of Svelte components.
import svelte from 'eslint-plugin-svelte';
import typescript from 'typescript-eslint';

export default [
  { ignores: ['web/dist/**', 'web/src/lib/api/**'] },
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: typescript.parser } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/button-has-type': 'error',
      'svelte/no-target-blank': 'error',
      'svelte/require-each-key': 'error',
      'svelte/block-lang': ['error', { script: 'ts' }],
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
];
