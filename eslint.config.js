// Only the rules that need types and that have cost us real bugs. Everything else is oxlint's.
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/.falsework/**', '**/dist/**', '**/node_modules/**', '**/*.js', '**/*.mjs'] },
  {
    files: ['packages/**/*.{ts,tsx}', 'examples/**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
);
