import { existsSync } from 'node:fs'
import path from 'node:path'

/** The folder of node_api.h, which came with this Node. */
export function nodeHeaders(): string {
  const prefix = process.env.npm_config_nodedir ?? path.dirname(path.dirname(process.execPath))
  const folder = path.join(prefix, 'include', 'node')
  if (!existsSync(path.join(folder, 'node_api.h'))) throw new Error(`no node_api.h in ${folder}`)
  return folder
}
