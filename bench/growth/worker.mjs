// One shape of one size, on or off, in a process of its own: node worker.mjs routes 1000 on
import { answering } from '../support/answering.mjs'
import { Connection, cpuPerRequest } from '../support/inject.mjs'
import { listenToChannels, require, restifyProbes } from '../support/probes.mjs'
import { SHAPES } from './shapes.mjs'

const [shape, size, state] = process.argv.slice(2)

const express = require('express')
const app = express()
app.use(restifyProbes()({ name: 'bench' }))
const { path, headers, flight = 1 } = SHAPES[shape].build(express, app, Number(size))
if (state === 'on') listenToChannels()
const connections = Array.from({ length: flight }, () => new Connection(app))

answering({
  round: (milliseconds) => cpuPerRequest(connections, path, milliseconds, headers)
})
