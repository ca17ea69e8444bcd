/** @type {import('jest').Config} */
export default {
  testEnvironment: "node",
  testMatch: ["**/test/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/\\.strangler", "<rootDir>/\\.cache", "/dist/"],
  extensionsToTreatAsEsm: [".ts"],
  testEnvironmentOptions: { customExportConditions: ["strangler-source", "node", "node-addons"] },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } },
    ],
  },
  testTimeout: 60_000,
  globalSetup: "./test/kit/global-setup.mjs",
  globalTeardown: "./test/kit/global-teardown.mjs",
  maxWorkers: 2,
};
