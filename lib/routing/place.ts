import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * A place in a script as people read it, `file:line`: the file relative to the app's working directory, and through
 * the script's source map where Node reads those (`--enable-source-maps`). Empty for a script without a name.
 *
 * @param url - of the script
 * @param line - counted from 0, as `column` is
 */
export function describePlace(url: string, line: number, column: number): string {
  if (url === '') return ''
  const mapped = throughSourceMap(url, line, column)
  return `${fileOf(mapped?.url ?? url)}:${(mapped?.line ?? line) + 1}`
}

function throughSourceMap(
  url: string,
  line: number,
  column: number
): { url: string; line: number } | undefined {
  try {
    // The inspector is loaded here, as it is needed only while somebody traces.
    const { findSourceMap } = require('node:module') as typeof import('node:module')
    const { originalSource, originalLine } = (findSourceMap(url)?.findEntry(line, column) ?? {}) as {
      originalSource?: string
      originalLine?: number
    }
    if (originalSource === undefined || originalLine === undefined) return undefined
    return { url: originalSource, line: originalLine }
  } catch {
    return undefined
  }
}

/** A script that is in no file, such as one of webpack's development server, is called by its URL. */
function fileOf(url: string): string {
  try {
    const file = url.startsWith('file:') ? fileURLToPath(url) : url
    return path.isAbsolute(file) ? path.relative(process.cwd(), file) : file
  } catch {
    return url
  }
}
