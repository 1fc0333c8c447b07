import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { Command, objects } from '../support/cli'
import { request } from '../support/http'

const FIXTURES = path.join(__dirname, '..', 'fixtures')
const PLAIN = path.join(FIXTURES, 'plain.js')

interface Figures {
  type: string
  name: string
  count: number
}

const REQUESTS = 7

/** The figures that `latency` counts of an app that it starts, and what it says. */
async function figuresOf(...app: string[]): Promise<{ figures: [string, number][]; stderr: string }> {
  const command = new Command(['latency', '--json', '--', process.execPath, ...app])
  const [, port] = await command.printed(/listening: (\d+)/)
  for (let sent = 0; sent < REQUESTS; sent++) await request(Number(port), `/users/${sent}`)
  const { stdout, stderr } = await command.end('SIGINT')
  const figures = objects<Figures>(stdout)
    .filter(({ type }) => type === 'route' || type === 'handler')
    .map(({ name, count }): [string, number] => [name, count])
  return { figures: figures.sort(), stderr }
}

const EXPRESS = [
  ['getusersid', REQUESTS],
  ['show', REQUESTS],
  ['slow', REQUESTS]
]

describe('an app without the middleware that is started', () => {
  for (const kind of ['express', 'express4', 'closure', 'bound', 'late', 'unref', 'cluster', 'thread'])
    it(`has every request and handler counted: ${kind}`, async () => {
      const { figures, stderr } = await figuresOf(PLAIN, kind)
      assert.deepEqual(figures, EXPRESS, stderr)
    })

  it('has every request counted on Connect', async () => {
    const { figures, stderr } = await figuresOf(PLAIN, 'connect')
    assert.deepEqual(
      figures,
      [
        ['getusers', REQUESTS],
        ['show', REQUESTS],
        ['slow', REQUESTS]
      ],
      stderr
    )
  })

  it('has them counted as an ES module', async () => {
    const { figures, stderr } = await figuresOf(path.join(FIXTURES, 'plain-module.mjs'))
    assert.deepEqual(figures, EXPRESS.slice(0, 2), stderr)
  })

  it('has all but its first request counted where only that one shows which app it is', async () => {
    const { figures, stderr } = await figuresOf(PLAIN, 'hidden')
    assert.deepEqual(
      figures,
      EXPRESS.map(([name]) => [name, REQUESTS - 1]),
      stderr
    )
  })

  it('is named by what its server listens with if it is none of Express or Connect', async () => {
    const { figures, stderr } = await figuresOf(PLAIN, 'unknown')
    assert.deepEqual(figures, [])
    assert.match(stderr, /the server on port \d+, whose listener is no Express or Connect app: .*handmade/)
  })
})
