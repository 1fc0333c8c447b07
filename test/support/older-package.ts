import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT } from './cli'
import { SHOP } from './shop'

/** The last commit whose probes have restify's own arguments only, and which offers no socket. */
const COMMIT = '638e8ca'

/** Options for a test that takes this repository's history, which a tarball or a shallow clone has not. */
export function withHistory(skip: string | false): { skip: string | false } {
  if (skip !== false) return { skip }
  try {
    execFileSync('git', ['cat-file', '-e', `${COMMIT}^{commit}`], { cwd: ROOT, stdio: 'ignore' })
    return { skip: false }
  } catch {
    return { skip: 'needs the history of this repository' }
  }
}

/** The package as it was at an earlier commit, built from that commit's sources, addon and all. */
export class OlderPackage {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'older-package-')))
  readonly cli = path.join(this.folder, 'dist', 'cli', 'main.js')
  /** The shop of these tests, which finds this package. */
  readonly shop = path.join(this.folder, 'build', 'shop.js')

  constructor() {
    const sources = execFileSync('git', ['archive', COMMIT], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 })
    execFileSync('tar', ['-x', '-C', this.folder], { input: sources })
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.folder, 'node_modules'))
    execFileSync('npm', ['run', '--silent', 'build'], {
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'inherit']
    })
    mkdirSync(path.dirname(this.shop))
    cpSync(SHOP, this.shop)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
