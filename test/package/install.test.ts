import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { install } from './support/install'
import { pack } from './support/pack'
import { trying, versionOf } from './support/tools'

/**
 * In bytes, for the package and all it depends on. The command is a quarter of it, the code that is injected a sixth, and
 * metrics, which bring the aggregator with them, a tenth.
 */
const MOST = 1_080_000

describe(`npm ${versionOf('npm')} install`, trying(), () => {
  let tarball: string

  before(() => {
    tarball = pack()
  })

  it('prints no warning', () => {
    const { output } = install([tarball], [])
    assert.match(output, /added \d+ packages/)
    assert.doesNotMatch(output, /warn|deprecated|scripts?\b/i)
  })

  it('passes --strict-allow-scripts: nothing has an install script', () => {
    const { folder, output } = install([tarball], ['--strict-allow-scripts'])
    assert.match(output, /added \d+ packages/)
    assert.doesNotMatch(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'), /hasInstallScript/)
  })

  it(`takes at most ${MOST / 1000} KB`, (test) => {
    const { folder } = install([tarball])
    const sizes = readdirSync(path.join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(path.join(entry.parentPath, entry.name)).size)
    const size = sizes.reduce((sum, each) => sum + each, 0)
    assert.ok(size <= MOST, `${size} bytes`)
    test.diagnostic(`${(size / 1000).toFixed(0)} KB in ${sizes.length} files, dependencies included`)
  })
})
