import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { CHECKOUT } from '../support/probes.mjs'

/** The parts that go into a package, or make it. */
const SOURCES = [
  'lib',
  'native',
  'scripts',
  'examples',
  'docs',
  'package.json',
  'rolldown.config.mjs',
  'tsconfig.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'CONTRIBUTING.md'
]

/**
 * Packs the package in a copy of the checkout, so that the checkout's own build
 * stays as it is, and installs it as a user would.
 *
 * @returns for each package that is then there, the bytes of its files
 */
export function installedSizes() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'restify-probes-'))
  try {
    const copy = path.join(folder, 'checkout')
    for (const source of SOURCES) {
      if (existsSync(path.join(CHECKOUT, source)))
        cpSync(path.join(CHECKOUT, source), path.join(copy, source), { recursive: true })
    }
    symlinkSync(path.join(CHECKOUT, 'node_modules'), path.join(copy, 'node_modules'))
    npm(copy, 'pack', '--pack-destination', folder)
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
    const user = path.join(folder, 'user')
    npm(folder, 'install', '--prefix', user, '--omit=dev', '--ignore-scripts', path.join(folder, tarball))
    return sizesIn(path.join(user, 'node_modules'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function npm(cwd, ...args) {
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
  execFileSync('npm', [...args, ...quiet], { cwd, stdio: 'pipe', encoding: 'utf8' })
}

function sizesIn(modules) {
  const packages = readdirSync(modules).filter((name) => !name.startsWith('.'))
  return new Map(packages.map((name) => [name, bytesIn(path.join(modules, name))]))
}

function bytesIn(file) {
  const stats = lstatSync(file)
  if (!stats.isDirectory()) return stats.size
  return readdirSync(file).reduce((sum, name) => sum + bytesIn(path.join(file, name)), 0)
}
