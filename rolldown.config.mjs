// Puts what apps load into one file, and the command into another: each of forty
// files costs a third of a millisecond at every start.
const shared = {
  platform: 'node',
  external: ['dtrace-provider', 'node-gyp-build', 'on-finished', 'path-to-regexp'],
  transform: { target: 'es2022' },
  logLevel: 'warn'
}

function bundled(input, file) {
  return { ...shared, input, output: { file, format: 'cjs', strict: true } }
}

export default [
  bundled('lib/index.ts', 'dist/index.js'),
  bundled('lib/cli/main.ts', 'dist/cli/main.js'),
  bundled('lib/cli/sources/child/preload.ts', 'dist/cli/preload.js'),
  bundled('lib/inject/main.ts', 'dist/inject.js')
]
