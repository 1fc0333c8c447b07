// Runs all parts of the bench, or those named: node bench/run.mjs servers fire
import { spawnSync } from 'node:child_process'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { checkBuilt } from './support/probes.mjs'

const PARTS = 'servers cli fire search growth memory start injection metrics outgoing export'.split(' ')

const wanted = process.argv.slice(2)
const unknown = wanted.filter((part) => !PARTS.includes(part))
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. The parts are: ${PARTS.join(', ')}.`)
  process.exit(1)
}
checkBuilt()
console.log(
  `Node ${process.version}, ${os.platform()} ${os.release()}, ${os.arch()}, ${os.cpus().length} CPUs`
)

// A process for each, since one part's types and compiled code would change the next one's figures.
const started = Date.now()
const failed = (wanted.length > 0 ? wanted : PARTS).filter((part) => {
  const file = fileURLToPath(new URL(`./${part}/index.mjs`, import.meta.url))
  return spawnSync(process.execPath, [file], { stdio: 'inherit' }).status !== 0
})
console.log(`\nTook ${((Date.now() - started) / 60_000).toFixed(1)} minutes.`)
if (failed.length > 0) {
  console.error(`Could not be measured to the end: ${failed.join(', ')}`)
  process.exit(1)
}
