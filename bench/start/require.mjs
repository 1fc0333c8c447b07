import { execFileSync } from 'node:child_process'
import { DIST } from '../support/probes.mjs'

const LOAD = `const probes = require('${DIST}index.js')`
const EXPRESS_HAS = `require('node:http')
const ours = require('node:module').createRequire('${DIST}index.js')
ours('path-to-regexp')`

/** The code that a fresh process runs, of which `code` is timed. */
const STEPS = {
  nothing: { code: '' },
  "require('restify-probes')": { code: LOAD },
  'the same, where Express has loaded what both need': { first: EXPRESS_HAS, code: LOAD },
  'require, and restifyProbes(), which loads the addon': { code: `${LOAD}; probes()` }
}

const PROCESSES = 20

/** Gives for each step the milliseconds that it took in as many fresh processes, interleaved. */
export function requireTimes() {
  const times = new Map(Object.keys(STEPS).map((step) => [step, []]))
  for (let i = 0; i < PROCESSES; i++) {
    for (const [step, what] of Object.entries(STEPS)) times.get(step).push(timeOf(what))
  }
  return times
}

function timeOf({ first = '', code }) {
  const program = `${first}
    const start = performance.now()
    ${code}
    console.log(performance.now() - start)`
  return Number(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }))
}
