// An app bare and with one way to have metrics, without a network, in one process: node app.mjs guide ours
import { answering } from '../support/answering.mjs'
import { APPS } from '../support/apps.mjs'
import { contest } from '../support/contest.mjs'
import { Connection, cpuPerRequest } from '../support/inject.mjs'
import { require } from '../support/probes.mjs'
import { undisturbed } from '../support/statistics.mjs'
import { KINDS } from './kinds.mjs'

const ROUNDS = 80
const ROUND_MS = 15
/** The number of rounds after which V8 has compiled what the requests run through. */
const WARM_UPS = 40

const [app, kind] = process.argv.slice(2)
const { first } = KINDS[kind].begin()
const express = require('express')
const { build, path } = APPS[app]
const connection = (middlewares) => new Connection(build(express, middlewares, () => []))
const contestants = [
  { name: 'bare', connections: [connection([])] },
  { name: kind, connections: [connection(first)] }
]

answering({
  /** Microseconds of CPU a request that the metrics add. */
  async added() {
    const figures = await contest(contestants, { rounds: ROUNDS, warmUps: WARM_UPS }, ({ connections }) =>
      cpuPerRequest(connections, path, ROUND_MS)
    )
    return undisturbed(figures.get(kind)) - undisturbed(figures.get('bare'))
  }
})
