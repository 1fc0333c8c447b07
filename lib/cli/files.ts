import path from 'node:path'

/** Files of the package, as seen from the one file into which the command is bundled: dist/cli/main.js. */

/** Loaded before the app in a process that the command starts. */
export const PRELOAD = path.join(__dirname, 'preload.js')

export const PACKAGE_JSON = path.join(__dirname, '..', '..', 'package.json')
