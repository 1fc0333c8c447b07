// Puts what apps load into one file, and the command into another: each of forty
// files costs a third of a millisecond at every start.
const shared = {
  platform: 'node',
  external: ['dtrace-provider', 'node-gyp-build', 'on-finished', 'path-to-regexp'],
  transform: { target: 'es2022' },
  logLevel: 'warn'
}

function bundled(input, file, external = shared.external) {
  return { ...shared, input, external, output: { file, format: 'cjs', strict: true } }
}

// Evaluated where there is no node_modules of ours: all is in the one file that it can come to need.
const atHandAnywhere = ['dtrace-provider', 'node-gyp-build', 'path-to-regexp']

export default [
  bundled('lib/index.ts', 'dist/index.js'),
  bundled('lib/cli/main.ts', 'dist/cli/main.js'),
  bundled('lib/cli/sources/child/preload.ts', 'dist/cli/preload.js'),
  bundled('lib/cli/inject/injector.ts', 'dist/cli/injector.js'),
  bundled('lib/inject/main.ts', 'dist/inject.js', atHandAnywhere)
]
