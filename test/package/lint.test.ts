import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { before, describe, it } from 'node:test'
import { pack } from './support/pack'
import { tool, trying, versionOf } from './support/tools'

describe("the tarball's package.json", trying(), () => {
  let tarball: string

  before(() => {
    tarball = pack()
  })

  function run(...command: string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
    })
    assert.equal(status, 0, stdout + stderr)
    return stdout
  }

  it(`has nothing that publint ${versionOf('publint')} would change`, () => {
    assert.match(run(tool('publint', 'src', 'cli.js'), 'run', tarball, '--strict'), /All good!/)
  })

  it(`gives every kind of module its types, by attw ${versionOf('@arethetypeswrong/cli')}`, () => {
    const { analysis, problems } = JSON.parse(
      run(tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), tarball, '--format', 'json')
    )
    assert.deepEqual(problems ?? {}, {})
    assert.deepEqual(analysis.problems, [])
    assert.equal(Object.keys(analysis.entrypoints['.'].resolutions).length, 4)
  })
})
