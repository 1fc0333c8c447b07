import { readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * The expression that is evaluated in the process: the package's one file, which needs nothing but what Node
 * has. It is sent whole, since what a path leads to in another container or for another user is not known.
 *
 * @param pid - as the process itself has it; another process than that does nothing
 * @param opened - whether the inspector was opened for this, so that it is to be closed afterwards
 */
export function injectExpression(file: string, pid: number, opened: boolean): string {
  return guarded(
    pid,
    `const module = { exports: {} }
    const file = function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}
    }
    file(module.exports, require, module, ${JSON.stringify(file)}, ${JSON.stringify(path.dirname(file))})
    return module.exports.inject({ file: String(file), path: ${JSON.stringify(file)}, opened: ${opened} })`
  )
}

/** Closes the inspector and does nothing else. */
export function closeExpression(pid: number): string {
  return guarded(pid, 'setTimeout(() => process._debugEnd(), 0)')
}

/** `require` is the inspector's own: an ES module has none. */
function guarded(pid: number, body: string): string {
  return `((require) => {
    if (process.pid !== ${pid}) return { other: process.pid }
    ${body}
  })(require)
//# sourceURL=restify-probes/inject.js`
}
