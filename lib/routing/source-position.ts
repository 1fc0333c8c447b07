import type { SourceMap, SourceMapPayload } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoadedScript } from './own-inspector'

/** The longest inline source map that is read, in characters. */
const MAX_INLINE_MAP = 10_000_000

/** An inline source map, as ts-node and `tsc --inlineSourceMap` write it. */
const INLINE_MAP = /^data:application\/json(?:;charset=utf-?8)?;base64,/i

/**
 * A place in a script as people read it, `file:line`: the file relative to the app's working directory, and through
 * the script's source map where Node reads those (`--enable-source-maps`) or the script itself holds the map. Empty
 * for a script without a name.
 *
 * @param line - counted from 0, as `column` is
 */
export function describePlace(
  { url, sourceMapUrl }: LoadedScript,
  line: number,
  column: number,
  maps: SourceMaps
): string {
  if (url === '') return ''
  const mapped = maps.original(url, sourceMapUrl, line, column)
  return `${fileOf(mapped?.url ?? url)}:${(mapped?.line ?? line) + 1}`
}

/** The source maps of some scripts, kept as long as their functions are looked up. */
export class SourceMaps {
  readonly #maps = new Map<string, SourceMap | undefined>()

  /** The place in the source from which a script was made; undefined if there is no map, or nothing in it for the place. */
  original(
    url: string,
    sourceMapUrl: string,
    line: number,
    column: number
  ): { url: string; line: number } | undefined {
    try {
      if (!this.#maps.has(url)) this.#maps.set(url, mapOf(url, sourceMapUrl))
      const { originalSource, originalLine } = (this.#maps.get(url)?.findEntry(line, column) ?? {}) as {
        originalSource?: string
        originalLine?: number
      }
      if (originalSource === undefined || originalLine === undefined) return undefined
      return { url: beside(url, originalSource), line: originalLine }
    } catch {
      return undefined
    }
  }
}

function mapOf(url: string, sourceMapUrl: string): SourceMap | undefined {
  // The module is loaded here, as it is needed only while somebody traces.
  const { findSourceMap, SourceMap } = require('node:module') as typeof import('node:module')
  const known = findSourceMap(url)
  if (known !== undefined) return known
  if (sourceMapUrl.length > MAX_INLINE_MAP || !INLINE_MAP.test(sourceMapUrl)) return undefined
  const json = Buffer.from(sourceMapUrl.replace(INLINE_MAP, ''), 'base64').toString()
  return new SourceMap(JSON.parse(json) as SourceMapPayload)
}

/** A source's URL or path; one that is relative lies beside the script. */
function beside(url: string, source: string): string {
  if (path.isAbsolute(source) || /^[a-z][a-z\d+.-]*:/i.test(source)) return source
  return path.join(path.dirname(url.startsWith('file:') ? fileURLToPath(url) : url), source)
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
