import { contest } from '../support/contest.mjs'
import { heading, spread, table } from '../support/report.mjs'
import { byRound, median, ratio } from '../support/statistics.mjs'
import { Limit, NOPS } from './limit.mjs'
import { traced } from './traced.mjs'

const ROUNDS = 8
const TRACED_FIRES = 50_000
const UNTRACED_FIRES = 10_000_000

/** Compares what the site of a probe may be made of: the C program with each, traced and not. */
export async function compareNops() {
  heading('Fire: the site of a probe, in the C program')
  const programs = Object.entries(NOPS).map(([name, nop]) => new Limit(name, nop))
  const fires = (count) => (program) => program.ask('fire', 'handler-start', count)
  const untraced = await contest(programs, { rounds: ROUNDS }, fires(UNTRACED_FIRES))
  const counted = await traced(programs, () => contest(programs, { rounds: ROUNDS }, fires(TRACED_FIRES)))
  const [ours] = Object.keys(NOPS)
  const rows = Object.keys(NOPS).map((name) => [
    name,
    median(untraced.get(name)).toFixed(1),
    spread(byRound(ratio, untraced.get(name), untraced.get(ours))),
    median(counted.get(name)).toFixed(0),
    spread(byRound(ratio, counted.get(name), counted.get(ours)))
  ])
  table(['site', 'untraced, ns', 'against the first', 'traced, ns', 'against the first'], rows)
}
