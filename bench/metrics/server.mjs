// One way to have metrics, of one app, in a process of its own: node server.mjs ours guide
import { once } from 'node:events'
import { answering } from '../support/answering.mjs'
import { APPS } from '../support/apps.mjs'
import { require } from '../support/probes.mjs'
import { CASES } from './cases.mjs'
import { KINDS } from './kinds.mjs'

const [kind, app] = process.argv.slice(2)
const { first, path, handler, routes, collect } = KINDS[kind].begin()

// It is loaded late, so that OpenTelemetry can put its own around it.
const http = require('node:http')
const express = require('express')
const build = { ...APPS, cases: CASES }[app].build
const listener = build(express, first, () => [])
// This is not a route of the app: the others do not count scrapes of themselves either.
const server = http.createServer(
  handler === undefined ? listener : (req, res) => (req.url === path ? handler(req, res) : listener(req, res))
)
server.listen(0, '127.0.0.1')
await once(server, 'listening')

/** Makes all metrics and passes them on, as for a scraper or a reader. */
async function scrape() {
  if (collect !== undefined) return collect()
  if (path === undefined) return []
  const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`)
  return routes(await response.text())
}

let before
answering({
  port: () => server.address().port,
  path: () => path,
  scrape,
  startClock() {
    before = process.cpuUsage()
  },
  /** Microseconds of CPU since startClock, this process's and the kernel's for it. */
  stopClock() {
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
})
