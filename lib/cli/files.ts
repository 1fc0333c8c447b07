import path from 'node:path'

/** Files of the package, as seen from the one file into which the command is bundled: dist/cli/main.js. */

export const COMMAND = path.join(__dirname, 'main.js')

/** The module that is loaded before the app in a process that the command starts. */
export const PRELOAD = path.join(__dirname, 'preload.js')

/** The program that the command runs for each process into which it injects. */
export const INJECTOR = path.join(__dirname, 'injector.js')

/** The thread and the process by which the command reads what may never answer. */
export const RELAY = path.join(__dirname, 'relay.js')
export const HELPER = path.join(__dirname, 'helper.js')

/** The script that is evaluated in a process into which the command injects. */
export const INJECTED = path.join(__dirname, '..', 'inject.js')

export const PACKAGE_JSON = path.join(__dirname, '..', '..', 'package.json')
