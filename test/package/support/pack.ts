import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { missing, skipFor } from '../../support/compulsory'

export const ROOT = path.join(__dirname, '..', '..', '..', '..')

/** The parts of a checkout that are made there, or are no part of the package. */
const LEFT_OUT = /^(\.git|bench|build|dist|node_modules|native\/(build|prebuilds)|test|.*\.tgz)$/

/** The programs that packing takes: the compilers of the addons, and those with which the tests unpack. */
export const PROGRAMS = ['x86_64-linux-gnu-gcc', 'aarch64-linux-gnu-gcc', 'tar']

/** Options for a test that packs, and needs these programs too. */
export function packing(...programs: string[]): { skip: string | false } {
  return skipFor(missing([...PROGRAMS, ...programs]))
}

/** A folder for a test's files, which goes when the process does. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'package-test-')))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Packs a copy of the checkout, as it would be published; gives the tarball's path. */
export function pack(): string {
  const folder = temporaryFolder()
  const checkout = path.join(folder, 'checkout')
  cpSync(ROOT, checkout, {
    recursive: true,
    filter: (file) => !LEFT_OUT.test(path.relative(ROOT, file))
  })
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(checkout, 'node_modules'))
  const args = ['pack', '--json', '--silent', '--pack-destination', folder]
  const printed = execFileSync('npm', args, {
    cwd: checkout,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe']
  })
  // The output of prepack comes first.
  const [{ filename }] = JSON.parse(printed.slice(printed.lastIndexOf('\n[') + 1))
  return path.join(folder, filename)
}

/** The package's folder, unpacked from a tarball. */
export function unpack(tarball: string): string {
  const folder = path.join(temporaryFolder(), 'unpacked')
  mkdirSync(folder)
  execFileSync('tar', ['-xzf', tarball, '-C', folder])
  return path.join(folder, 'package')
}
