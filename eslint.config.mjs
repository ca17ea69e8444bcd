import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const BROWSER = Object.fromEntries(
  ["document", "DOMParser", "DOMPoint", "EventSource", "Node"].map((name) => [name, "readonly"]),
);

export default defineConfig(
  globalIgnores(["**/node_modules/", "**/dist/", "**/fixtures/", ".strangler/", ".cache/"]),
  js.configs.recommended,
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
  {
    // Scripts of pages, which run in a browser.
    files: ["**/assets/**/*.js"],
    languageOptions: { sourceType: "script", globals: BROWSER },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // A template that prints a number says what it means; String(n) around each would only add noise.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // A function may be async because its interface is, before its body needs to be.
      "@typescript-eslint/require-await": "off",
      // Configuration is read once, where a process starts; every other file is handed values.
      "no-restricted-syntax": [
        "error",
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: "Read the environment in main.ts only, and hand the values down.",
        },
        { selector: "TSEnumDeclaration", message: "Use a union of strings." },
      ],
    },
  },
  {
    files: ["**/main.ts", "**/test/**/*.ts", "test/**/*.ts", "tools/cli/**/*.ts", "tools/analyzer/src/commands/*.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  prettier,
);
