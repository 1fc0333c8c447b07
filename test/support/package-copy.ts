import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT } from './cli'

/** The files that the command is made of. */
const FILES = [
  'package.json',
  'dist/cli/main.js',
  'dist/cli/preload.js',
  'dist/cli/injector.js',
  'dist/cli/relay.js',
  'dist/cli/helper.js',
  'dist/inject.js'
]

/** The command as npm installs it, in a folder that is this user's; takes root for another user's. */
export class PackageCopy {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'package-copy-')))
  readonly package = path.join(this.folder, 'node_modules', 'restify-probes')
  readonly cli = path.join(this.package, 'dist', 'cli', 'main.js')

  constructor() {
    for (const file of FILES) cpSync(path.join(ROOT, file), path.join(this.package, file))
    for (const file of ['', ...readdirSync(this.folder, { recursive: true, encoding: 'utf8' })])
      chmodSync(path.join(this.folder, file), 0o755)
  }

  /** Gives a file or folder, with all that is in it, to a user. */
  give(file: string, uid: number): void {
    execFileSync('chown', ['-Rh', `${uid}:${uid}`, file])
  }

  /** Makes a folder in it. */
  add(name: string): string {
    const folder = path.join(this.folder, name)
    mkdirSync(folder)
    chmodSync(folder, 0o755)
    return folder
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
