import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'

const ROOT = path.join(__dirname, '..', '..')

interface Locked {
  dev?: boolean
  optional?: boolean
  peer?: boolean
  license: string
}

it('the README lists the licence of each dependency', () => {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'))
  const installed = Object.entries<Locked>(packages)
    .filter(([folder, { dev, peer }]) => folder !== '' && !dev && !peer)
    .map(([folder, { license }]) => [folder.replace(/^.*node_modules\//, ''), license])
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  const section = readme.slice(readme.indexOf('## Licence'))
  const listed = [...section.matchAll(/^\| ([a-z-]+) \| ([A-Z].*) \|$/gm)].map(([, name, license]) => [
    name,
    license
  ])
  assert.ok(installed.length >= 2)
  assert.deepEqual(listed, installed)
})
