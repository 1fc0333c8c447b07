import path from 'node:path'

/** Files of the package, as seen from the one file into which the command is bundled: dist/cli/main.js. */

export const COMMAND = path.join(__dirname, 'main.js')

/** Loaded before the app in a process that the command starts. */
export const PRELOAD = path.join(__dirname, 'preload.js')

/** Run by the command for each process into which it injects. */
export const INJECTOR = path.join(__dirname, 'injector.js')

/** Evaluated in a process into which is injected. */
export const INJECTED = path.join(__dirname, '..', 'inject.js')

export const PACKAGE_JSON = path.join(__dirname, '..', '..', 'package.json')
