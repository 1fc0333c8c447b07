import path from 'node:path'
import { promisify } from 'node:util'
import { tool } from './tools'

/** The result of a bundler. */
export interface Bundle {
  file: string
  /** The warnings of the bundler. */
  warnings: string[]
}

export type Bundler = (entry: string, file: string, external?: string[]) => Promise<Bundle>

const esbuild: Bundler = async (entry, file, external = []) => {
  const { build } = require(tool('esbuild', 'lib', 'main.js'))
  const { warnings } = await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: file.endsWith('.mjs') ? 'esm' : 'cjs',
    // esbuild's documents tell to add this to an ES module that takes in CommonJS.
    banner: file.endsWith('.mjs')
      ? { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" }
      : {},
    external,
    logLevel: 'silent'
  })
  return { file, warnings: warnings.map(JSON.stringify) }
}

const webpack: Bundler = async (entry, file, external = []) => {
  const run = promisify(require(tool('webpack')))
  const stats = await run({
    entry,
    mode: 'production',
    target: 'node',
    // A minifier renames the variables of Express's by which its routes are found.
    optimization: { minimize: external.includes('express') },
    output: { path: path.dirname(file), filename: path.basename(file) },
    externals: Object.fromEntries(external.map((name) => [name, `commonjs ${name}`]))
  })
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true })
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  return { file, warnings: warnings.map(JSON.stringify) }
}

export const BUNDLERS: Record<string, Bundler> = { esbuild, webpack }
