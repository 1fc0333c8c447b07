import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Command, objects } from '../support/cli'
import { request } from '../support/http'
import { App } from './support/app'
import { cleanEnvironment, install } from './support/install'
import { pack } from './support/pack'
import { tool, trying, versionOf } from './support/tools'

const NODES = ['node-20', 'node-22', 'node-24', 'node-26']
const { skip } = trying()

interface Told {
  type: string
  name: string
  route?: string
  count: number
  handlers?: { name: string }[]
}

let folder: string
if (!skip) {
  before(() => {
    folder = install([pack(), `express@${versionOf('express')}`]).folder
  })
}

for (const name of NODES) {
  const node = tool(name, 'bin', 'node')

  describe(`without root, by the socket, on node ${versionOf(name)}`, { skip }, () => {
    for (const file of ['hello.cjs', 'hello.mjs']) {
      it(`latency, trace and top attach to ${file} as it is installed`, async () => {
        const app = await App.start(path.join(folder, file), [node])
        const cli = path.join(folder, 'node_modules/restify-probes/dist/cli/main.js')
        const seen = async (command: string, ...args: string[]) => {
          const words = [command, '-p', String(app.pid), '--via', 'process', '--json', ...args]
          const at = new Command(words, { node, cli, env: cleanEnvironment() })
          await at.printed(/(measuring|tracing|watching) process/)
          await request(app.port, '/hello/mark')
          if (command === 'top') await at.printed(/"route":"getfoo"/, 'stdout')
          return objects<Told>((await at.end('SIGINT')).stdout)
        }
        try {
          const latency = await seen('latency')
          assert.ok(
            latency.some(({ type, name, count }) => type === 'route' && name === 'getfoo' && count === 1)
          )
          const [traced] = await seen('trace', '--handlers')
          assert.equal(traced?.route, 'getfoo')
          assert.ok((traced?.handlers ?? []).length > 0)
          assert.ok((await seen('top')).some(({ type }) => type === 'process'))
        } finally {
          await app.stop()
        }
      })
    }
  })

  for (const [system, ...command] of [
    ['jest', tool('jest', 'bin', 'jest.js'), '--ci', '--detectOpenHandles', '--rootDir', 'jest'],
    ['vitest', tool('vitest', 'vitest.mjs'), 'run', '--root', 'vitest']
  ] as const) {
    for (const attach of ['', 'asked for']) {
      describe(`${system}, on node ${versionOf(name)}, the socket ${attach || 'as usual'}`, { skip }, () => {
        it('ends, and speaks of no open handle', async () => {
          const env = { ...cleanEnvironment(), ADDON: '', ATTACH: attach, NO_COLOR: '1' }
          const { stdout, stderr } = await promisify(execFile)(node, command, {
            cwd: folder,
            env,
            timeout: 60_000
          })
          assert.match(stdout + stderr, /Tests:?\s+1 passed/)
          assert.doesNotMatch(stdout + stderr, /open handle|did not exit|hanging/i)
        })
      })
    }
  }
}
