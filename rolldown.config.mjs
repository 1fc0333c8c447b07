// Puts what apps load into one file, and the command into another: each of forty
// files costs a third of a millisecond at every start.
const shared = {
  platform: 'node',
  external: ['dtrace-provider', 'node-gyp-build', 'on-finished', 'path-to-regexp'],
  transform: { target: 'es2022' },
  logLevel: 'warn'
}

const codegen = { removeWhitespace: true, legalComments: 'none' }
// Frameworks, people and we ourselves know some functions by their names.
const namesKept = { compress: false, mangle: { keepNames: true }, codegen }
const MINIFY = {
  // What apps load stays as it was written: people see its frames.
  'dist/index.js': false,
  'dist/prometheus.js': namesKept,
  'dist/opentelemetry.js': namesKept,
  'dist/inject.js': namesKept,
  'dist/cli/preload.js': namesKept
}

function bundled(input, file, external = shared.external) {
  const minify = MINIFY[file] ?? { compress: true, mangle: true, codegen }
  return {
    ...shared,
    input,
    external,
    output: { file, format: 'cjs', strict: true, comments: false, minify }
  }
}

// This file is evaluated where there is no node_modules of ours, so it holds all that it can come to need.
const atHandAnywhere = ['dtrace-provider', 'node-gyp-build', 'path-to-regexp']

// These take the runtime from the file beside them.
const besideIndex = [...shared.external, './index.js', '@opentelemetry/api', '@opentelemetry/sdk-metrics']

export default [
  bundled('lib/index.ts', 'dist/index.js'),
  bundled('lib/prometheus.ts', 'dist/prometheus.js', besideIndex),
  bundled('lib/opentelemetry.ts', 'dist/opentelemetry.js', besideIndex),
  bundled('lib/cli/main.ts', 'dist/cli/main.js'),
  bundled('lib/cli/sources/child/preload.ts', 'dist/cli/preload.js'),
  bundled('lib/cli/inject/injector.ts', 'dist/cli/injector.js'),
  bundled('lib/cli/processes/apart/relay.ts', 'dist/cli/relay.js'),
  bundled('lib/cli/processes/apart/helper.ts', 'dist/cli/helper.js'),
  bundled('lib/inject/main.ts', 'dist/inject.js', atHandAnywhere)
]
